#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""xdp_pass.py INTERFACE: puts an XDP program on the interface that lets everything pass, in place of
any that is there, and prints its id. Needs root; `ip link set dev INTERFACE xdp off` takes it off."""
import ctypes
import os
import socket
import struct
import sys

SYS_BPF, BPF_PROG_LOAD, BPF_OBJ_GET_INFO_BY_FD, BPF_PROG_TYPE_XDP = 321, 5, 15, 6
RTM_SETLINK, NLM_F_REQUEST, NLM_F_ACK = 19, 1, 4
IFLA_XDP, IFLA_XDP_FD, NLA_F_NESTED = 43, 1, 0x8000
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command: int, attributes: bytes) -> int:
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = libc.syscall(SYS_BPF, command, buffer, 128)
    if result < 0:
        sys.exit('bpf: ' + os.strerror(ctypes.get_errno()))
    return result


# r0 = XDP_PASS; exit
program = ctypes.create_string_buffer(struct.pack('<BBhiBBhi', 0xb7, 0, 0, 2, 0x95, 0, 0, 0))
licence = ctypes.create_string_buffer(b'MIT')
fd = bpf(BPF_PROG_LOAD, struct.pack('<IIQQ', BPF_PROG_TYPE_XDP, 2, ctypes.addressof(program),
                                    ctypes.addressof(licence)))


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack('<HH', 4 + len(data), kind) + data + b'\0' * (-len(data) % 4)


link = struct.pack('<BxHiII', 0, 0, socket.if_nametoindex(sys.argv[1]), 0, 0)
body = link + attribute(IFLA_XDP | NLA_F_NESTED, attribute(IFLA_XDP_FD, struct.pack('<i', fd)))
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
netlink.send(struct.pack('<IHHII', 16 + len(body), RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
error = struct.unpack_from('<i', netlink.recv(4096), 16)[0]
if error:
    sys.exit('attach: ' + os.strerror(-error))
info = ctypes.create_string_buffer(256)
bpf(BPF_OBJ_GET_INFO_BY_FD, struct.pack('<IIQ', fd, 256, ctypes.addressof(info)))
print(struct.unpack_from('<II', info)[1])
