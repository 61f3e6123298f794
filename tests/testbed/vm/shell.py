#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A shell in a guest, on a terminal: its size, Ctrl-C, its exit status, and the terminal as it was before."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from typing import NoReturn

vm = os.path.join(os.environ["RXLAB_SOURCE_DIR"], "testbed/vm/vm")


def fail(text: str) -> NoReturn:
    sys.exit(f"FAILED  {text}")


def read_until(terminal: int, wanted: bytes, seconds: int = 60) -> bytes:
    seen, end = b"", time.monotonic() + seconds
    while wanted not in seen:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            fail(f"no {wanted!r} in {seen!r}")
        seen += os.read(terminal, 4096)
    return seen


def main() -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 43, 121, 0, 0))
    before = termios.tcgetattr(theirs)
    pid = os.fork()
    if pid == 0:
        login_tty(theirs)
        os.environ["SHELL"] = "/bin/sh"
        os.execv(vm, ["vm", "shell", "--timeout", "200"])
    read_until(ours, b"# ")
    os.write(ours, b"stty size; echo $((6 * 7)) $(id -u)\n")
    said = read_until(ours, b"42 0\r\n")
    if b"43 121\r\n" not in said:
        fail(f"another size: {said!r}")
    os.write(ours, b"sleep 1000\n")
    time.sleep(0.5)
    os.write(ours, b"\x03")
    os.write(ours, b"echo still $((1 + 1)) here\n")
    read_until(ours, b"still 2 here\r\n")
    os.write(ours, b"exit 5\n")
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != 5:
        fail(f"status {status}")
    if termios.tcgetattr(theirs) != before:
        fail("the terminal is not as it was")
    print("ok      test_a_shell_has_a_terminal: size, arithmetic, Ctrl-C, exit status, terminal restored")


def login_tty(terminal: int) -> None:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(terminal, descriptor)


main()
