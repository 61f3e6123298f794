#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hold_tap.py DEVICE PID START: holds a queue of a tap device, and with it the device's carrier, which a receiver waits
for before any sender has come. The queue is detached: the kernel puts no packet into it. Prints "held", and ends with
process PID (START: clock ticks from boot to its start)."""
import fcntl
import os
import select
import struct
import sys

# Without IFF_NO_PI, as DPDK's net_tap: the first queue decides for all whether four bytes stand before each frame.
TUNSETIFF, TUNSETQUEUE = 0x400454CA, 0x400454D9  # linux/if_tun.h
IFF_TAP, IFF_MULTI_QUEUE, IFF_DETACH_QUEUE = 0x0002, 0x0100, 0x0400


def request(device: str, flags: int) -> bytes:
    return struct.pack("16sH22x", device.encode(), flags)


def start_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[19]


device, pid, start = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.chdir("/")
try:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(tun, TUNSETIFF, request(device, IFF_TAP | IFF_MULTI_QUEUE))
    fcntl.ioctl(tun, TUNSETQUEUE, request(device, IFF_DETACH_QUEUE))
    keeper = os.pidfd_open(pid)
    if start_of(pid) != start:
        sys.exit("the keeper has ended")
except OSError as error:
    sys.exit(f"{error.strerror}")
print("held", flush=True)
nothing = os.open(os.devnull, os.O_RDWR)
for standard in (0, 1, 2):
    os.dup2(nothing, standard)
ended = select.poll()
ended.register(keeper, select.POLLIN)
ended.poll()
