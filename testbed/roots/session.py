#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""session.py outside ROOT FOLDER N BIND… M NAME=VALUE… COMMAND…: runs COMMAND in ROOT, in mount, process, UTS and
IPC namespaces of its own, and ends with its status, or 125 where it cannot be started.

  outside ── unshare ── inside (mounts.sh, new root) ── COMMAND

"inside" is process 1 of the namespace: it reaps what COMMAND leaves, and when it ends the kernel ends all others and
takes the mounts away. It runs this machine's Python, whatever is in ROOT, and so loads nothing after the root has
changed. It reads from a pipe that only "outside" holds open. When that closes, because outside was told to end or was
killed, everybody gets SIGTERM and 20 s to put back what they changed on this machine (huge pages), then SIGKILL."""
import contextlib
import os
import pathlib
import select
import signal
import subprocess
import sys
import time
from typing import NoReturn

HERE = pathlib.Path(__file__).resolve().parent
GRACE_S = 20
TOLD_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOCK = 9  # roots' lock: outside and inside share it


def failed(reason: str) -> NoReturn:
    os.write(2, f"roots: {reason}\n".encode(errors="surrogateescape"))
    os._exit(125)


def shell_status(code: int) -> int:
    """An exit code, or minus a signal, as a shell would say it."""
    return 128 - code if code < 0 else code


def outside(arguments: list[str]) -> int:
    told: list[int] = []
    inside_end, our_end = os.pipe()

    def tell(number: int, _frame: object) -> None:
        if not told:
            os.close(our_end)
        told.append(number)

    # Before the child exists, so that no signal is lost.
    for number in TOLD_BY:
        signal.signal(number, tell)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.set_inheritable(inside_end, True)
    try:
        child = subprocess.Popen(["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--propagation", "private",
                                  sys.executable, "-I", "-S", __file__, "inside", str(inside_end), *arguments],
                                 close_fds=False)
    except OSError as error:
        failed(f"run unshare: {error.strerror}; apt-get install util-linux")
    os.close(inside_end)
    status = shell_status(child.wait())
    return 128 + told[0] if told else status


def enter(root: str, binds: list[str]) -> None:
    """Makes the mounts, and ROOT the root folder. A root that is only changed with chroot would not do: for the kernel
    processes in it are not at the root of their mounts, and may not unshare. So ROOT is moved over the old root, which
    is what switch_root(8) does."""
    if subprocess.run(["bash", HERE / "mounts.sh", root, *binds]).returncode:
        os._exit(125)  # it has said why
    os.chdir(root)
    if subprocess.run(["mount", "--move", ".", "/"]).returncode:
        failed(f"make {root} the root folder: see above")
    os.chroot(".")


def become(folder: str, environment: dict[str, str], command: list[str]) -> NoReturn:
    # Python ignores the last two.
    for number in (*TOLD_BY, signal.SIGQUIT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.chdir(folder)
    except OSError as error:
        failed(f"enter {folder}: {error.strerror}")
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        failed(f"run {command[0]}: {error.strerror}")


def signal_all(number: int) -> None:
    """To everybody in this namespace but us."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(-1, number)


def inside(pipe: int, root: str, folder: str, arguments: list[str]) -> NoReturn:
    for number in (*TOLD_BY, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # from a terminal they reach COMMAND, too
    binds, rest = arguments[1:1 + int(arguments[0])], arguments[1 + int(arguments[0]):]
    environment, command = rest[1:1 + int(rest[0])], rest[1 + int(rest[0]):]
    enter(root, binds)
    child = os.fork()
    if child == 0:
        os.close(pipe)
        os.close(LOCK)
        become(folder, dict(each.split("=", 1) for each in environment), command)
    ended: dict[int, int] = {}

    def reap(*_: object) -> bool:
        """Collects who has ended. False where nobody is left: orphans are our children."""
        with contextlib.suppress(ChildProcessError):
            while (who_status := os.waitpid(-1, os.WNOHANG))[0]:
                ended[who_status[0]] = os.waitstatus_to_exitcode(who_status[1])
            return True
        return False

    child_ends = os.pidfd_open(child)
    signal.signal(signal.SIGCHLD, reap)
    select.select([child_ends, pipe], [], [])
    reap()
    status = shell_status(ended.get(child, -signal.SIGTERM))
    until = time.monotonic() + GRACE_S
    signal_all(signal.SIGTERM)
    signal_all(signal.SIGCONT)
    while reap() and time.monotonic() < until:
        time.sleep(0.02)
    signal_all(signal.SIGKILL)
    os._exit(status)


if sys.argv[1] == "outside":
    sys.exit(outside(sys.argv[2:]))
inside(int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
