#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux, XDP on a veth pair with two queues at each end. The kernel is that of the host; python3-minimal
# 3.11.2 (Debian 12) makes the calls.
# One would guess: rx_queue_index, which an XDP program reads, is the queue that the frame came on, in the generic hook
# as in the native one, which differ only in speed.
# What happens: the native hook spreads the frames, by the queue that the sender's end chose. The generic hook gives
# index 0 for every frame, because veth does not record the queue in the frame. A program that sends frames to
# the AF_XDP socket of their queue gives all of them to the socket of queue 0; the socket of queue 1 gets nothing,
# with no counter and no error.
# Seen on 6.18.44: 200 datagrams from 200 ports. Generic: 200 on queue 0, 0 on queue 1. Native: 98 and 102.
# Source: Documentation/networking/af_xdp.rst (bind() to a queue, "generic" and "driver mode"); netif_get_rxqueue() in
# net/core/dev.c, veth_xmit() in drivers/net/veth.c.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

((EUID == 0)) || skip "needs root, to load an XDP program"
needs_namespace -n
pinned=("${python_3_11_2[@]}")
libraries=("${python_libraries[@]}")
unpack

cat >queues.py <<'PY'
import ctypes
import errno
import os
import socket
import struct
import sys
import time

BPF, LOOKUP, UPDATE, LOAD, LINK = 321, 1, 2, 5, 28  # the system call on x86-64, and its commands
ARRAY, XDP, ATTACH_XDP = 2, 6, 37
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, layout, *values):
    attributes = ctypes.create_string_buffer(struct.pack(layout, *values).ljust(128, b"\0"), 128)
    result = libc.syscall(BPF, command, attributes, 128)
    if result < 0:
        code = ctypes.get_errno()
        if code in (errno.EPERM, errno.ENOSYS):
            sys.exit(77)
        raise OSError(code, os.strerror(code), f"bpf command {command}")
    return result


def instruction(code, to=0, of=0, offset=0, value=0):
    return struct.pack("<BBhi", code, to | of << 4, offset, value)


counts = bpf(0, "<4I", ARRAY, 4, 8, 2)
program = b"".join((
    instruction(0x61, 2, 1, 16),  # r2 = rx_queue_index
    instruction(0x63, 10, 2, -4),
    instruction(0xBF, 2, 10),
    instruction(0x07, 2, value=-4),  # r2 = address of it, on the stack
    instruction(0x18, 1, 1, value=counts),
    instruction(0),  # r1 = the map
    instruction(0x85, value=1),  # r0 = bpf_map_lookup_elem(r1, r2)
    instruction(0x15, 0, offset=2),  # no such entry: leave the next two out
    instruction(0xB7, 1, value=1),
    instruction(0xDB, 0, 1),  # *r0 += 1
    instruction(0xB7, 0, value=2),
    instruction(0x95),  # return XDP_PASS
))
code, licence = ctypes.create_string_buffer(program), ctypes.create_string_buffer(b"MIT")
loaded = bpf(LOAD, "<IIQQ", XDP, len(program) // 8, ctypes.addressof(code), ctypes.addressof(licence))


def entry(command, queue, value=0):
    key, cell = ctypes.c_uint32(queue), ctypes.c_uint64(value)
    bpf(command, "<IIQQ", counts, 0, ctypes.addressof(key), ctypes.addressof(cell))
    return cell.value


for hook, flag in (("generic", 1 << 1), ("native", 1 << 2)):
    link = bpf(LINK, "<4I", loaded, socket.if_nametoindex("rx0"), ATTACH_XDP, flag)
    time.sleep(0.3)
    for queue in 0, 1:
        entry(UPDATE, queue)
    for port in range(20000, 20200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("192.0.2.1", port))
            sender.sendto(bytes(64), ("239.1.1.1", 5000))
    time.sleep(0.3)
    print(f"{hook}: {entry(LOOKUP, 0)} on queue 0, {entry(LOOKUP, 1)} on queue 1")
    os.close(link)
PY
cat >try.sh <<'SH'
set -e
ip link add tx0 numtxqueues 2 numrxqueues 2 type veth peer name rx0 numtxqueues 2 numrxqueues 2
# Nothing but the datagrams below goes over the pair.
ip link set tx0 addrgenmode none
ip link set rx0 addrgenmode none
ip addr add 192.0.2.1/24 dev tx0
ip link set tx0 up
ip link set rx0 up
ip route add 239.1.1.1 dev tx0
python queues.py
SH
try_in_namespace -n "this kernel lets no XDP program be loaded"
grep -q '^generic: 200 on queue 0, 0 on queue 1$' seen || changed "the generic hook knows the queue now"
grep -Eq '^native: [1-9][0-9]* on queue 0, [1-9][0-9]* on queue 1$' seen || changed "the native hook does not spread the frames now"
