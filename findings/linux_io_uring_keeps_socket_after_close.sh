#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux, io_uring with IORING_SETUP_DEFER_TASKRUN. The kernel is that of the host; python3-minimal 3.11.2
# (Debian 12) makes the calls.
# One would guess: when a program has closed a UDP socket, and the ring in which a receive for it was waiting, the
# socket is gone: the host has left the multicast group and the port is free. The manual says that close() of the ring
# "will free all resources associated with the io_uring context".
# What happens: both close() calls return at once, and the waiting receive keeps the socket for some milliseconds more,
# until a kernel worker has taken the ring apart. In this time the host is still a member of the group (ip maddr,
# /proc/net/igmp), and a new socket cannot be bound to the port: "Address already in use". A receiver that is
# stopped and started again must cancel its receive and wait for the completion before it closes.
# Seen on 6.18.44: 20 of 20 rounds, for 4 to 14 ms. The same without a waiting receive: 0 of 20.
# Source: io_uring_setup(2) of liburing 2.3; io_ring_ctx_wait_and_kill() and io_ring_exit_work() in io_uring/io_uring.c.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

needs_namespace -rn
pinned=("${python_3_11_2[@]}")
libraries=("${python_libraries[@]}")
unpack

cat >closed.py <<'PY'
import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
import time

SETUP, ENTER = 425, 426  # system calls
SINGLE_ISSUER, DEFER_TASKRUN, RECV, SQES = 1 << 12, 1 << 13, 27, 0x10000000
IP_ADD_MEMBERSHIP, GROUP, PORT, ROUNDS = 35, "239.1.1.1", 5000, 20
libc = ctypes.CDLL(None, use_errno=True)
into = ctypes.create_string_buffer(2048)


def ring_setup():
    """The ring's descriptor, its number of entries, and the offsets of the submission ring's fields."""
    parameters = ctypes.create_string_buffer(120)
    struct.pack_into("<I", parameters, 8, SINGLE_ISSUER | DEFER_TASKRUN)
    ring = libc.syscall(SETUP, 8, parameters)
    if ring < 0:
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EPERM, errno.EINVAL):
            sys.exit(77)
        raise OSError(code, os.strerror(code), "io_uring_setup")
    values = struct.unpack("<30I", parameters.raw)
    return ring, values[0], values[10:17]


def receive_waits(ring, entries, offsets, listener):
    _, tail, _, _, _, _, array = offsets
    queue = mmap.mmap(ring, array + entries * 4)
    with mmap.mmap(ring, entries * 64, offset=SQES) as requests:
        request = struct.pack("<BBHiQQIIQ", RECV, 0, 0, listener.fileno(), 0, ctypes.addressof(into), 2048, 0, 1)
        requests[:64] = request.ljust(64, b"\0")
    queue[array:array + 4] = struct.pack("<I", 0)
    queue[tail:tail + 4] = struct.pack("<I", 1)
    queue.close()
    if libc.syscall(ENTER, ring, 1, 0, 1, None, 0) != 1:
        sys.exit("io_uring_enter takes no request")


def is_member():
    with open("/proc/self/net/igmp") as lines:
        return "010101EF" in lines.read()


def one_round(with_receive):
    """Milliseconds of membership after both close() calls, and what binding the port said first."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((GROUP, PORT))
    listener.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("192.0.2.1"))
    ring, entries, offsets = ring_setup()
    if with_receive:
        receive_waits(ring, entries, offsets, listener)
    listener.close()
    os.close(ring)
    closed = time.monotonic()
    member, bound = is_member(), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        try:
            again.bind((GROUP, PORT))
        except OSError as error:
            bound = error.errno
    while is_member():
        if time.monotonic() > closed + 10:
            sys.exit("still a member after 10 s")
    after = time.monotonic()
    time.sleep(0.05)
    return member, bound, (after - closed) * 1000


for what, with_receive in (("a receive waits", True), ("nothing waits", False)):
    rounds = [one_round(with_receive) for _ in range(ROUNDS)]
    lasted = [ms for member, _, ms in rounds if member]
    refused = sum(bound == errno.EADDRINUSE for _, bound, _ in rounds)
    print(f"{what}: member after close in {len(lasted)} of {ROUNDS} rounds, bind refused in {refused}", end="")
    print(f", for {min(lasted):.1f} to {max(lasted):.1f} ms" if lasted else "")
PY
cat >try.sh <<'SH'
set -e
ip link add tx0 type veth peer name rx0
ip addr add 192.0.2.1/24 dev rx0
ip link set tx0 up
ip link set rx0 up
python closed.py
SH
try_in_namespace -rn "io_uring with DEFER_TASKRUN is not to be had here"
grep -Eq '^a receive waits: member after close in [1-9][0-9]* of 20 rounds, bind refused in [1-9]' seen ||
    changed "the socket is gone when the ring is closed now"
grep -q '^nothing waits: member after close in 0 of 20 rounds, bind refused in 0' seen ||
    changed "the socket outlives its close() even without a receive"
