#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packet_way.py TREE: the files that a reader opens who follows one packet.

Those that the table "A packet's way" in docs/architecture.md links to, and for each header the source that holds its
functions. Prints them, a line each, and how many they are."""
import pathlib
import re
import sys

tree = pathlib.Path(sys.argv[1])
page = (tree / "docs/architecture.md").read_text()
table = re.search(r"## A packet's way.*?\n\n(\|.*?)\n\n", page, re.S)
files = {}
for link in re.findall(r"\]\(\.\./([^)]+)\)", table[1] if table else ""):
    header = tree / link
    files[link] = True
    if header.suffix == ".hpp":
        parts = header.relative_to(tree).parts
        beside = header.with_suffix(".cpp")
        in_library = tree.joinpath(*parts[:2], "src", header.stem + ".cpp")
        for source in (beside, in_library):
            if source.exists():
                files[str(source.relative_to(tree))] = True
print("\n".join(files))
print(len(files), "files")
