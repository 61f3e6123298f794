#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: fail_nth.py load MODULE.ko | open DEVICE | up INTERFACE

Walks through one system call: has its first allocation (or copy from or to user memory) fail, then its second, and so on,
until none is left (Documentation/fault-injection of the kernel, fail-nth). Prints how many there were. As root, on the debug
kernel. Exit status 1: the call did something other than fail or succeed as a whole."""
import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys
from typing import Callable, NoReturn

LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE, DELETE_MODULE = 313, 176  # x86-64
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
EXPECTED = 0, errno.ENOMEM, errno.EFAULT  # the last: a copy from or to user memory failed


def fail(text: str) -> NoReturn:
    sys.exit(f"fail_nth: {text}")


def write(path: str, value: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(value)


def prepare() -> None:
    for kind in "failslab", "fail_page_alloc", "fail_usercopy":
        write(f"/sys/kernel/debug/{kind}/verbose", "0")  # no call trace for each
    for kind in "failslab", "fail_page_alloc":
        write(f"/sys/kernel/debug/{kind}/ignore-gfp-wait", "N")  # also those that may sleep
    write("/sys/kernel/debug/fail_page_alloc/min-order", "0")


def with_failure(nth: int, call: Callable[[], None]) -> tuple[int, bool]:
    """The errno of `call`, and whether an allocation of it failed."""
    error = 0
    control = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    try:
        os.write(control, str(nth).encode())
        try:
            call()
        except OSError as problem:
            error = problem.errno or 0
        try:
            injected = os.pread(control, 16, 0).split(b"\0")[0].strip() == b"0"
        except OSError:
            injected = False  # the call had too few: this read is what failed
        try:
            os.write(control, b"0")
        except OSError:  # the call had even fewer
            os.write(control, b"0")
            injected = False
    finally:
        os.close(control)
    return error, injected


def is_loaded(name: str) -> bool:
    return os.path.exists(f"/sys/module/{name}")


def load(path: str) -> Callable[[], None]:
    file = os.open(path, os.O_RDONLY)

    def call() -> None:
        if LIBC.syscall(FINIT_MODULE, file, b"", 0) != 0:
            raise OSError(ctypes.get_errno(), "finit_module")

    return call


def unload(name: str) -> None:
    if LIBC.syscall(DELETE_MODULE, name.encode(), os.O_NONBLOCK) != 0:
        fail(f"unload {name}: {os.strerror(ctypes.get_errno())}")


# check(nth, error) looks at what the call did, and undoes it.
def walk(call: Callable[[], None], check: Callable[[int, int], None]) -> tuple[int, int]:
    """How many allocations there are, and how often the call failed."""
    nth = failed = too_few = 0
    while too_few < 3:  # now and then a call has one less
        nth += 1
        error, injected = with_failure(nth, call)
        check(nth, error)
        failed += error != 0
        too_few = 0 if injected else too_few + 1
    return nth - too_few, failed


def walk_load(path: str) -> tuple[int, int]:
    name = os.path.basename(path).removesuffix(".ko")

    def check(nth: int, error: int) -> None:
        if error not in EXPECTED and error != errno.EINVAL:  # module_add_driver(): no memory for the folder "drivers"
            fail(f"load {name}, allocation {nth}: {os.strerror(error)}")
        if (error == 0) != is_loaded(name):
            fail(f"load {name}, allocation {nth}: error {error}, but loaded: {is_loaded(name)}")
        if error == 0:
            unload(name)

    return walk(load(path), check)


def walk_open(path: str) -> tuple[int, int]:
    opened: list[int] = []

    def check(nth: int, error: int) -> None:
        if error not in EXPECTED:
            fail(f"open {path}, allocation {nth}: {os.strerror(error)}")
        if error == 0:
            os.close(opened.pop())

    return walk(lambda: opened.append(os.open(path, os.O_RDWR)), check)


def walk_up(interface: str) -> tuple[int, int]:
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def request(flags: int) -> bytes:
        return struct.pack("16sH22x", interface.encode(), flags)

    def is_up() -> bool:
        (flags,) = struct.unpack_from("H", fcntl.ioctl(control, SIOCGIFFLAGS, request(0)), 16)
        return bool(flags & IFF_UP)

    def check(nth: int, error: int) -> None:
        if error not in EXPECTED:
            fail(f"{interface} up, allocation {nth}: {os.strerror(error)}")
        if (error == 0) != is_up():
            fail(f"{interface} up, allocation {nth}: error {error}, but up: {is_up()}")
        if error == 0:
            fcntl.ioctl(control, SIOCSIFFLAGS, request(0))

    return walk(lambda: fcntl.ioctl(control, SIOCSIFFLAGS, request(IFF_UP)) and None, check)


WALKS = {"load": walk_load, "open": walk_open, "up": walk_up}


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in WALKS:
        sys.exit(__doc__)
    prepare()
    write("/dev/kmsg", "rxlab: fail_nth begins")  # known.py looks for these lines
    allocations, failed = WALKS[sys.argv[1]](sys.argv[2])
    write("/dev/kmsg", "rxlab: fail_nth is over")
    if allocations == 0 or failed == 0:
        fail(f"{sys.argv[1]} {sys.argv[2]}: no allocation failed; is fault injection on?")
    print(f"{sys.argv[1]} {sys.argv[2]}: {allocations} allocations, each failed once; {failed} times the call did")


main()
