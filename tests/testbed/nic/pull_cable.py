#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pull_cable.py NIC MONITOR SHARE: pulls and plugs the cable of a guest's network card, or pulls the card, when the guest asks for it.

It asks by a file in the folder SHARE: unplug-… or plug-…, or pull-ID for the card that QEMU knows as ID, each once. The files are left where they are, because the
guest's touch(1) fails on one that is removed before it has set its time. MONITOR is QEMU's socket (QMP), NIC what QEMU
calls the card. Ends with its parent."""
import json
import os
import pathlib
import socket
import sys
import time


def command(execute: str, arguments: dict) -> None:
    qemu = socket.socket(socket.AF_UNIX)
    qemu.connect(monitor)
    lines = qemu.makefile("rw")
    lines.readline()
    for request in ("qmp_capabilities", {}), (execute, arguments):
        lines.write(json.dumps({"execute": request[0], "arguments": request[1]}) + "\n")
        lines.flush()
        while "return" not in (answer := json.loads(lines.readline())):
            assert "error" not in answer, answer


nic, monitor, share = sys.argv[1:]
done = set()
while os.getppid() != 1:
    asked = {file for what in ("plug", "unplug", "pull") for file in pathlib.Path(share).glob(f"{what}-*")}
    for request in sorted(asked - done):
        if request.name.startswith("pull-"):
            command("device_del", {"id": request.name.removeprefix("pull-")})
        else:
            command("set_link", {"name": nic, "up": request.name.startswith("plug-")})
        done.add(request)
    time.sleep(0.1)
