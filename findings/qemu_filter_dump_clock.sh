#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: QEMU 7.2.22 (Debian 12), "-object filter-dump" (the capture of what a guest's interface sees).
# One would guess: the stamps in the capture are the host's time, as tcpdump's are on the same host, so the two
# captures can be laid side by side.
# What happens: the base is the host's time when QEMU started, cut to a whole second, so the capture is up
# to a second behind from the first frame on. To this QEMU adds the guest's clock, which stands still while the
# guest is stopped: by "stop", by a debugger at a breakpoint, or from -S until it is told to run. Frames that come
# in that time all get one stamp, and every later one is behind by the length of the stop.
# Seen: two frames that came 3 s apart before "cont" have one stamp, a whole second; of two frames that came
# 4 s apart with a stop of 3 s between them, the stamps are 1 s apart.
# Source: https://www.qemu.org/docs/master/system/qemu-manpage.html (filter-dump, which says nothing of its clock).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${qemu_7_2_22[@]}")
libraries=("${qemu_libraries[@]}")
unpack

# A hub with two sockets and no guest behind them; the filter is at the first.
cat >try.py <<'PY'
import json
import os
import socket
import struct
import subprocess
import sys
import time

frame = bytes.fromhex("01005e000001 020000000001 88b5") + bytes(46)
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.bind("sender")
command = [sys.argv[1], "-S", "-M", "none", "-display", "none", "-nodefaults"]
command += ["-qmp", "unix:qmp,server=on,wait=off", "-object", "filter-dump,id=dump,netdev=hub0,file=dump.pcap"]
for number, peer in enumerate(("sender", "nobody")):
    path = f"local.type=unix,local.path=net{number},remote.type=unix,remote.path={peer}"
    command += ["-netdev", f"dgram,id=net{number},{path}"]
    command += ["-netdev", f"hubport,id=hub{number},hubid=0,netdev=net{number}"]
print("$", *command[1:])
environment = os.environ | {"LD_LIBRARY_PATH": os.environ["libs"]}
qemu = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
control = socket.socket(socket.AF_UNIX)
control.settimeout(20)
while True:
    time.sleep(0.1)
    try:
        control.connect("qmp")
        break
    except (FileNotFoundError, ConnectionRefusedError):
        if qemu.poll() is not None:
            sys.exit("QEMU does not start")
lines = control.makefile("rw")
lines.readline()


def tell(order):
    lines.write(json.dumps({"execute": order}) + "\n")
    lines.flush()
    while "return" not in json.loads(lines.readline()):
        pass


sent = []


def send():
    sent.append(time.time())
    sender.sendto(frame, "net0")
    time.sleep(0.5)


tell("qmp_capabilities")
send()
time.sleep(2.5)
send()
tell("cont")
send()
tell("stop")
time.sleep(3)
tell("cont")
time.sleep(0.5)
send()
qemu.terminate()
qemu.wait()
stamps = []
with open("dump.pcap", "rb") as file:
    file.read(24)
    while head := file.read(16):
        second, micro, size, _ = struct.unpack("<IIII", head)
        file.read(size)
        stamps.append(second + micro / 10**6)
print("sent            stamp")
for pair in zip(sent, stamps):
    print("%.3f  %.3f" % pair)
if len(stamps) != 4:
    sys.exit("frames are missing in the capture")
if stamps[1] - stamps[0] > 0.2 or stamps[0] % 1 > 0.2:
    sys.exit("frames that came before the guest ran have the host's time now")
if stamps[3] - stamps[2] > sent[3] - sent[2] - 2.5:
    sys.exit("a stop does not hold the capture's clock now")
PY
try_with_qemu
