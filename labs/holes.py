#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: holes.py FILE HOLE [REPLACEMENT]

A hole is what FILE has between the lines with the markers [lab: HOLE] and [end lab: HOLE]. Without REPLACEMENT: prints
what is in it. With REPLACEMENT, a file: prints all of FILE, with that file's lines in the place of the hole's, indented
as these are, and without any marker."""
import pathlib
import re
import sys

MARKER = re.compile(r"^[ \t]*(?://|/\*|#) \[(?:end )?lab: [a-z-]+\](?: \*/)?\n", re.M)


def find(path: pathlib.Path, name: str) -> re.Match[str]:
    begin, end = (rf"^(?P<{group}>[ \t]*)[^\n]*\[{kind}: {re.escape(name)}\][^\n]*\n"
                  for group, kind in (("indent", "lab"), ("last", "end lab")))
    found = list(re.finditer(rf"{begin}(?P<content>.*?){end}", path.read_text(), re.M | re.S))
    if len(found) != 1:
        sys.exit(f"{path}: [lab: {name}] … [end lab: {name}]: found {len(found)} times")
    return found[0]


def indented(text: str, indent: str) -> str:
    return "".join(indent + line if line.strip() and not line.startswith("#") else line
                   for line in text.splitlines(keepends=True))


def main() -> None:
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    path = pathlib.Path(sys.argv[1])
    hole = find(path, sys.argv[2])
    if len(sys.argv) == 3:
        sys.stdout.write(hole["content"])
        return
    text = path.read_text()
    new = indented(pathlib.Path(sys.argv[3]).read_text(), hole["indent"])
    sys.stdout.write(MARKER.sub("", text[:hole.start()] + new + text[hole.end():]))


if __name__ == "__main__":
    main()
