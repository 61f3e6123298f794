#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""header_users.py TREE: the headers that at most one file beside their own source includes.

Prints them, a line each, with their number of lines and that file: first those that lie in another room than it, then
those that lie beside it; and how many there are. A folder is a room, a library is one."""
import pathlib
import re
import subprocess
import sys

tree = pathlib.Path(sys.argv[1])
rooms = ["lib", "bench", "feedsim", "kernel_rx", "dpdk_rx", "packet_rx", "xdp_rx", "ring_rx", "nic_rx"]
listed = subprocess.check_output(["git", "-C", tree, "ls-files", *rooms], text=True).split()
files = {path for path in listed if path.endswith((".hpp", ".cpp"))}
users: dict[str, set[str]] = {path: set() for path in sorted(files) if path.endswith(".hpp")}


def room_of(path: str) -> pathlib.Path:
    parts = pathlib.Path(path).parts
    return pathlib.Path(*parts[:2]) if parts[0] == "lib" else pathlib.Path(path).parent


for path in files:
    for name in re.findall(r'#include [<"]([^>"]+)[>"]', (tree / path).read_text()):
        library = re.match(r"rxlab/(\w+)/", name)
        places = [name, str(pathlib.Path(path).parent / name), f"{room_of(path)}/src/{name}"]
        places += [f"lib/{library[1]}/include/{name}"] if library else []
        for header in set(places) & files:
            users[header].add(path)

rows = []
for header, who in users.items():
    others = sorted(user for user in who if user.endswith(".hpp") or
                    (room_of(user), pathlib.Path(user).stem) != (room_of(header), pathlib.Path(header).stem))
    if len(others) <= 1:
        is_beside = not others or room_of(others[0]) == room_of(header)
        lines = len((tree / header).read_text().splitlines())
        rows.append((is_beside, f"{header} ({lines} lines): {others[0] if others else 'nobody'}"))
print(*(row for _, row in sorted(rows)), sep="\n")
print(f"{len(users)} headers, {len(rows)} with at most one user, {sum(not beside for beside, _ in rows)} of them in another room")
