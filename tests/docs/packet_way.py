#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packet_way.py TREE: the files that a reader opens who follows one packet.

Those that the table "A packet's way" in docs/architecture.md links to, and with each header its source, with each source
its header. Prints them, a line each, those of the table first, and how many they are."""
import pathlib
import re
import sys

tree = pathlib.Path(sys.argv[1])
page = (tree / "docs/architecture.md").read_text()
table = re.search(r"## A packet's way.*?\n(\|.*?)\n\n", page, re.S)[1]


def other_half(file: pathlib.Path) -> list[pathlib.Path]:
    """The source of a header, or the header of a source: beside it, or where libraries have it."""
    suffix = {".hpp": ".cpp", ".cpp": ".hpp"}.get(file.suffix)
    if not suffix:
        return []
    library, name = file.parts[:2], file.stem + suffix
    places = [file.with_suffix(suffix), pathlib.Path(*library, "src", name),
              pathlib.Path(*library, "include/rxlab", library[-1], name)]
    return [place for place in places if (tree / place).exists()]


named = list(dict.fromkeys(map(pathlib.Path, re.findall(r"\]\(\.\./([^)]+)\)", table))))
more = dict.fromkeys(half for file in named for half in other_half(file) if half not in named)
print(*named, *more, sep="\n")
print(f"{len(named)} files named, {len(named) + len(more)} with the other halves of headers and sources")
