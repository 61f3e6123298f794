#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""wait_for_exit.py PID START [COMMAND…]: returns, or becomes COMMAND, when the process with this id and
start time (clock ticks since boot, field 22 of /proc/PID/stat) has ended; at once if it has ended
already. It sleeps until then: a process descriptor becomes readable when its process ends. Before
Linux 5.3 it checks five times a second."""
import os
import select
import signal
import sys
import time


def alive(pid: str, start: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b") ")[2].decode().split()
    except OSError:
        return False
    return len(fields) > 19 and fields[0] not in "ZX" and fields[19] == start


def wait_for_exit(pid: str, start: str) -> None:
    try:
        descriptor = os.pidfd_open(int(pid))
        # Only now: the descriptor cannot change hands any more.
        if alive(pid, start):
            select.select([descriptor], [], [])
    except OSError:
        pass  # it has ended, or the kernel has no process descriptors
    while alive(pid, start):
        time.sleep(0.2)


pid, start, *command = sys.argv[1:]
wait_for_exit(pid, start)
if command:
    # Python ignores these, and COMMAND would inherit that.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(command[0], command)
