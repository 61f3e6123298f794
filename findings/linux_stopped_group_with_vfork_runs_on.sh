#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux, SIGSTOP and vfork(2). The kernel is that of the host; dash 0.5.12, bash 5.2.15 and python3-minimal
# 3.11.2 (Debian 12) make the calls.
# One would guess: kill(-group, SIGSTOP) stops every process of the group at once, because SIGSTOP cannot be caught,
# blocked or ignored (signal(7)), and waitid(WSTOPPED) for the group's leader returns soon.
# What happens: dash starts programs by vfork(2), and a parent in vfork looks at no signal until its child has called
# execve(2). If the signal reaches the child before that, the child stands still, and the parent never gets so far: it
# stays in state D, and waitid(WSTOPPED) waits for ever. Whoever holds a program like that, so that packets pile up,
# hangs. SIGCONT to the group, and SIGSTOP again, ends it. bash calls fork(2), and always stands still.
# Seen on 6.18.44: of 200 SIGSTOP to a shell that runs /bin/true in a loop, dash was in state D 0.2 s later 45 to 63
# times, bash never.
# Source: vfork(2) says that the calling thread is suspended, not that SIGSTOP has to wait; wait_for_vfork_done() in
# kernel/fork.c; vforkexec() in dash's src/jobs.c.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(dash=0.5.12-2 bash=5.2.15-2+b13 "${python_3_11_2[@]}")
libraries=(libtinfo6 "${python_libraries[@]}")
unpack

cat >try.py <<'PY'
import os
import signal
import subprocess
import sys
import time

TIMES = 200


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rpartition(")")[2].split()[0]


# A busy machine may take longer to stop it than 0.2 s, but then it is not in state D.
def stands_still(pid):
    start = time.monotonic()
    while time.monotonic() < start + 10:
        if os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG):
            return True
        if time.monotonic() > start + 0.2 and state(pid) == "D":
            return False
        time.sleep(0.001)
    raise TimeoutError(f"neither stopped nor in state D: {state(pid)}")


def count(shell):
    child = subprocess.Popen([shell, "-c", "while :; do /bin/true; done"], start_new_session=True)
    waiting = 0
    try:
        for i in range(TIMES):
            time.sleep(0.001 + i % 97 * 0.000013)
            os.killpg(child.pid, signal.SIGSTOP)
            waiting += not stands_still(child.pid)
            os.killpg(child.pid, signal.SIGCONT)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    print(f"{os.path.basename(shell)}: {waiting} of {TIMES} times in state D 0.2 s after SIGSTOP, not stopped",
          flush=True)
    return waiting


in_dash, in_bash = count(sys.argv[1] + "/dash"), count(sys.argv[1] + "/bash")
if not in_dash:
    sys.exit("dash stands still now")
if in_bash:
    sys.exit("bash does not stand still, either")
PY
uname -r
python -u try.py "$tmp/root/bin" 2>why || changed "$(tail -n 1 why)"
