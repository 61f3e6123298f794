#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""include_test.py INCLUDE: docs/include finds what differs, mends it, and refuses what it does not understand."""
import pathlib
import shutil
import sys
import tempfile

import trees

TABLES = ("# Run\n\n## One feed\n\n**Latency, µs**\n\n| a |\n|---|\n| 1 |\n\n"
          "## 4 feeds at once\n\n**Latency, µs**\n\n| b |\n")
FILES = {"docs/reference/said.txt": "$ program\nit said this\n", "docs/reference/other/tables.md": TABLES,
         "docs/reference/book/ladder.json": "{}\n", "docs/reference/book/counts.md": "| a row |\n",
         "docs/code.c": "int a;\n/* [snippet: part] */\nint b;\n\n/* [end: part] */\n",
         "bench": "#!/bin/sh\necho '# Title\n- Machine\n\n\n## Costs\n\n| 5 ns |\n\n## How to read this\n\nno'\n"}
# What stands below each marker.
PLACES = {"include: reference/said.txt": "\n```\n$ program\nit said this\n```\n\n",
          "include: reference/book/counts.md": "\n| a row |\n\n",
         "include: code.c part": "```c\nint b;\n```\n",
          "reference: other/single Latency, µs": "\n| a |\n|---|\n| 1 |\n\n",
          "reference: other/multi Latency, µs": "\n| b |\n\n",
          "table: book/ladder.json": "\n- Machine\n\n*Costs*\n\n| 5 ns |\n\n",
          "table: book/counts.md": "\n| a row |\n\n"}

tree = pathlib.Path(tempfile.mkdtemp())
trees.write(str(tree), FILES)
(tree / "bench").chmod(0o755)
include, page = tree / "docs/include", tree / "docs/page.md"
shutil.copy(sys.argv[1], include)


def document(*places: tuple[str, str]) -> str:
    return "before\n" + "".join(f"<!-- [{name}] -->\n{text}<!-- [end] -->\nbetween\n" for name, text in places)


def run(*options: str) -> tuple[int, str]:
    return trees.run(str(include), *options, str(page))


book_bench = ("--book-bench", str(tree / "bench"))
right = document(*PLACES.items())
for wrong in ("", "another\n", "{}more\n"):
    page.write_text(document(*((name, wrong.format(text)) for name, text in PLACES.items())))
    found = [f"page.md: differs: <!-- [{name}] -->" for name in PLACES]
    trees.expect(run(*book_bench), 1, *found, "7 places, 7 differ")
    trees.expect(run("--update", *book_bench), 0)
    if page.read_text() != right:
        sys.exit(f"written: {page.read_text()}")
    trees.expect(run(*book_bench), 0, "7 places, 0 differ")
# Without the program nobody can say what the book's tables should be.
page.write_text(document(("table: book/ladder.json", "anything\n")))
trees.expect(run(), 0, "1 places, 0 differ")

for name, reason in {"include: code.c other": "[snippet: other] … [end: other]: found 0 times",
                     "include: none.txt": "docs/none.txt: No such file or directory",
                     "include: a b c": "not understood: <!-- [include: a b c] -->",
                     "reference: none/single Latency, µs": "none/tables.md: No such file or directory",
                     "reference: other/triple Latency, µs": "no scenario triple",
                     "reference: other/multi Losses": "multi has no table “Losses”"}.items():
    page.write_text(document((name, "")))
    trees.expect(run("--update"), 1, reason)
page.write_text("<!-- [include: code.c part] -->\nno end\n")
trees.expect(run(), 1, "1 places begin, 0 are complete")
page.write_text("no place at all\n")
trees.expect(run(), 1, "0 places")
shutil.rmtree(tree)
print(f"{len(PLACES)} kinds of places, 3 differences each, 8 refusals")
