#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux, AF_XDP. The kernel is that of the host; python3-minimal 3.11.2 (Debian 12) makes the calls.
# One would guess: a queue is free again when the socket that was bound to it has been closed, so a program may close
# its socket and bind a new one to the same queue at once, to start again with other settings.
# What happens: bind() fails with EBUSY for some milliseconds. close() only asks for the queue to be released; a kernel
# worker does it later. A program must try again for a while, and cannot tell this EBUSY from that of a queue which
# another program holds.
# Seen on 6.18.44: 20 times of 20, for 12 to 28 ms.
# Source: https://github.com/xdp-project/xdp-tutorial/issues/458; Documentation/networking/af_xdp.rst, which does not say
# when the queue is free; xp_put_pool(), xp_release_deferred() in net/xdp/xsk_buff_pool.c.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

((EUID == 0)) || skip "needs root, for AF_XDP"
needs_namespace -n
pinned=("${python_3_11_2[@]}")
libraries=("${python_libraries[@]}")
unpack

cat >busy.py <<'PY'
import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
import time

AF_XDP, SOL_XDP = 44, 283
RX_RING, UMEM_REG, FILL_RING, COMPLETION_RING = 2, 4, 5, 6
ROUNDS, FRAMES, FRAME_BYTES = 20, 64, 4096
libc = ctypes.CDLL(None, use_errno=True)
memory = mmap.mmap(-1, FRAMES * FRAME_BYTES)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
interface = socket.if_nametoindex("rx0")


def opened():
    try:
        made = socket.socket(AF_XDP, socket.SOCK_RAW)
    except OSError as error:
        sys.exit(77 if error.errno == errno.EAFNOSUPPORT else str(error))
    made.setsockopt(SOL_XDP, UMEM_REG, struct.pack("<QQII", address, len(memory), FRAME_BYTES, 0))
    for ring in FILL_RING, COMPLETION_RING, RX_RING:
        made.setsockopt(SOL_XDP, ring, struct.pack("<I", FRAMES))
    return made


def bind(to_queue_0):
    where = struct.pack("<HHIII", AF_XDP, 0, interface, 0, 0)
    return libc.bind(to_queue_0.fileno(), where, len(where)) and ctypes.get_errno()


holder = opened()
if bind(holder) != 0:
    sys.exit("the first bind fails")
busy = []
for _ in range(ROUNDS):
    holder.close()
    closed = time.monotonic()
    holder = opened()
    answer = bind(holder)
    at_once = answer
    while answer == errno.EBUSY and time.monotonic() < closed + 10:
        answer = bind(holder)
    if answer != 0:
        sys.exit(f"bind after close: {os.strerror(answer)}")
    if at_once == errno.EBUSY:
        busy.append((time.monotonic() - closed) * 1000)
print(f"EBUSY in {len(busy)} of {ROUNDS} rounds", end="")
if busy:
    print(f", for {min(busy):.1f} to {max(busy):.1f} ms after close()", end="")
print()
PY
cat >try.sh <<'SH'
set -e
ip link add tx0 type veth peer name rx0
ip link set tx0 up
ip link set rx0 up
python busy.py
SH
try_in_namespace -n "this kernel has no AF_XDP"
grep -Eq '^EBUSY in [1-9]' seen || changed "the queue is free when close() returns now"
