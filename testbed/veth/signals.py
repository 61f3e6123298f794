#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""signals.py hold|take COMMAND…: becomes COMMAND, for which SIGHUP, SIGINT and SIGTERM wait (hold: blocked), or do
what they do by default (take: neither blocked nor ignored, whatever was inherited). GNU's env can do both.
That of uutils cannot: 0.0.30 has neither option, and 0.12.0 leaves blocked what --default-signal names."""
import os
import signal
import sys

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
HOW = {"hold": signal.SIG_BLOCK, "take": signal.SIG_UNBLOCK}

if len(sys.argv) < 3 or sys.argv[1] not in HOW:
    print("usage: signals.py hold|take COMMAND…", file=sys.stderr)
    sys.exit(2)
what, *command = sys.argv[1:]
if what == "take":
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(HOW[what], SIGNALS)
# Python ignores these, and COMMAND would inherit that.
for number in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(number, signal.SIG_DFL)
try:
    os.execvp(command[0], command)
except OSError as error:
    sys.exit(f"signals.py: run {command[0]}: {error.strerror}")
