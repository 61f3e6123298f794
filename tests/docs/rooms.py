#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rooms.py TREE: whether the tree's #includes and link lists follow docs/architecture.md, and the picture as well.
rooms.py TREE --draw: draws the picture, docs/rooms.svg, with Graphviz.

Reads the block below "Who may use whom" there: one room a line, NAME, "needs", and what it may use or "nothing"; a
remark may follow after " | ". A room may also use what the rooms that it needs may use. Complains about each arrow in
the sources that the block does not allow, each room that it does not name, and each circle. The picture has an arrow
for each need that does not follow from others. Exit status 0: all is as drawn."""
import html
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

tree = pathlib.Path(sys.argv[1])
complaints = []


def drawn() -> dict[str, list[str]]:
    """The rooms, each with what it needs."""
    page = (tree / "docs/architecture.md").read_text()
    block = re.search(r"## Who may use whom\n.*?```\n(.*?)```", page, re.S)
    if not block:
        sys.exit("docs/architecture.md: no block below 'Who may use whom'")
    rooms = {}
    for line in block[1].splitlines():
        found = re.fullmatch(r"(\S+) +needs (.*)", line.split(" | ")[0].strip())
        if not found:
            sys.exit(f"docs/architecture.md: not understood: {line}")
        name, needs = found.groups()
        rooms[name] = [] if needs == "nothing" else [each.strip() for each in needs.split(",")]
    return rooms


def reachable(rooms: dict[str, list[str]], room: str, way: tuple[str, ...] = ()) -> set[str]:
    if room in way:
        complaints.append("docs/architecture.md: a circle: " + " -> ".join((*way, room)))
        return set()
    found = set()
    for need in rooms.get(room, []):
        found |= {need} | reachable(rooms, need, (*way, room))
    return found


def room_of(path: str) -> str:
    parts = path.split("/")
    return parts[1] if parts[0] == "lib" else "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def arrows() -> Iterator[tuple[str, str]]:
    """(file, what it uses) of all sources and link lists."""
    files = subprocess.check_output(["git", "-C", tree, "ls-files", "lib", "bench", "feedsim", "kernel_rx", "packet_rx",
                                     "xdp_rx", "nic_rx", "dpdk_rx"],
                                    text=True).split()
    for path in files:
        text = (tree / path).read_text() if path.endswith((".hpp", ".cpp", "CMakeLists.txt")) else ""
        if path.endswith("CMakeLists.txt"):
            if path.startswith(("bench/", "feedsim/")):
                continue  # one list for all its rooms
            uses = re.findall(r"\brxlab::(\w+)", re.sub(r"#.*", "", text))
        else:
            uses = re.findall(r'#include <rxlab/(\w+)/', text)
            uses += re.findall(r'#include "((?:bench/|feedsim/|dpdk_rx/)?\w+)/\w+\.hpp"', text)
            uses += ["DPDK"] * bool(re.search(r"#include <rte_", text))
        for use in uses:
            if use != "version" and use != room_of(path):
                yield path, use


def arrows_to_draw(rooms: dict[str, list[str]], allowed: dict[str, set[str]]) -> set[tuple[str, str]]:
    """What each room needs, without what the rooms that it needs bring along."""
    return {(room, need) for room, needs in rooms.items() for need in needs
            if not any(need in allowed.get(other, ()) for other in needs if other != need)}


def drawing(rooms: dict[str, list[str]], allowed: dict[str, set[str]]) -> str:
    """For dot(1): an arrow goes from a room up to one that it uses; rooms of one folder stand in a frame."""
    text = ['digraph "Allowed dependencies" {', 'rankdir=BT; ranksep=0.35; nodesep=0.18; bgcolor="transparent";',
            'graph [fontname="sans-serif" fontsize=12 color="#999999" fontcolor="#777777" style=rounded];',
            'node [shape=box style="rounded,filled" fillcolor="#e8f0f8" color="#4a6d8c" fontname="sans-serif" fontsize=12 '
            'height=0.3 margin="0.12,0.04"];', 'edge [color="#4a6d8c" arrowsize=0.6];']
    folders: dict[str, list[str]] = {}
    for room in rooms:
        folders.setdefault(room.split("/")[0], []).append(room)
    for folder, members in folders.items():
        nodes = [f'"{each}" [label="{each.split("/")[-1] if each != folder else each}"];' for each in members]
        framed = len(members) > 1
        text += [f'subgraph "cluster_{folder}" {{ label="{folder}";' if framed else ""] + nodes + ["}" if framed else ""]
    text += [f'"{room}" -> "{need}";' for room, need in sorted(arrows_to_draw(rooms, allowed))]
    return "\n".join(text + ["}"])


rooms = drawn()
allowed = {room: reachable(rooms, room) for room in rooms}
picture = tree / "docs/rooms.svg"
if "--draw" in sys.argv:
    if not shutil.which("dot"):
        sys.exit("rooms.py: no dot here: install graphviz")
    picture.write_bytes(subprocess.run(["dot", "-Tsvg"], input=drawing(rooms, allowed).encode(), stdout=subprocess.PIPE,
                                       check=True).stdout)
    sys.exit()
if picture.exists():
    seen_arrows = {tuple(html.unescape(each).split("->")) for each in
                   re.findall(r'class="edge">\s*<title>(.*?)</title>', picture.read_text())}
    for room, need in seen_arrows ^ arrows_to_draw(rooms, allowed):
        complaints.append(f"docs/rooms.svg: {room} -> {need} differs from docs/architecture.md; "
                          "draw it again: tests/docs/rooms.py . --draw")
else:
    complaints.append("docs/rooms.svg is missing: draw it: tests/docs/rooms.py . --draw")
seen = 0
for path, use in arrows():
    seen += 1
    room = room_of(path)
    if room not in rooms:
        complaints.append(f"{path}: docs/architecture.md names no room {room}")
    elif use not in allowed[room]:
        needs = ", ".join(rooms[room]) or "nothing"
        complaints.append(f"{path}: uses {use}; {room} needs {needs} (docs/architecture.md)")
if seen == 0:
    complaints.append(f"{tree}: no arrow found at all")
print("\n".join(sorted(set(complaints))) or f"{seen} arrows between {len(rooms)} rooms, all as drawn")
sys.exit(bool(complaints))
