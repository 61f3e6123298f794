#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""offload.py INTERFACE gro|tso on|off: what `ethtool -K INTERFACE gro on` does, for hosts without ethtool."""
import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
COMMANDS = {"tso": 0x1F, "gro": 0x2C}  # ETHTOOL_STSO, ETHTOOL_SGRO (linux/ethtool.h)
VALUES = {"on": 1, "off": 0}

if len(sys.argv) != 4 or sys.argv[2] not in COMMANDS or sys.argv[3] not in VALUES:
    print("usage: offload.py INTERFACE gro|tso on|off", file=sys.stderr)
    sys.exit(2)
interface, offload, value = sys.argv[1:]
setting = array.array("I", [COMMANDS[offload], VALUES[value]])
request = struct.pack("16sP16x", interface.encode(), setting.buffer_info()[0])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
    try:
        fcntl.ioctl(handle, SIOCETHTOOL, request)
    except OSError as error:
        sys.exit(f"veth: switch {offload} of {interface} {value}: {error.strerror}")
