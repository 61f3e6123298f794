#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""names.py ROOT DPDK-HEADERS: every name of DPDK's (rte_…, RTE_…) and of ef_vi's (ef_…, efct_…, EF_…) interface in
slides and documents exists: DPDK's in the installed headers, ef_vi's in docs/ef_vi-names.txt. Prints the others;
exit 1. Exit 77 without headers. A `*` at the end stands for any name that begins so."""
import pathlib
import re
import sys

from pages import guides_and_slides

NAME = re.compile(r"(?<![\w/-])((?:rte|RTE|ef|efct|EF)_\w+)(?!\w|-names)(\*?)", re.A)

root, headers = map(pathlib.Path, sys.argv[1:])
if not headers.is_dir():
    print(f"skipped: no DPDK headers in {headers} (apt-get install libdpdk-dev)")
    sys.exit(77)
known = {line for line in (root / "docs/ef_vi-names.txt").read_text().splitlines() if not line.startswith("#")}
for header in headers.rglob("*.h"):
    known.update(re.findall(r"\b(?:rte|RTE)_\w+", header.read_text(errors="replace"), re.A))

pages = [*guides_and_slides(root), *sorted(root.glob("slides/diagrams/*.diagram")), root / "dpdk_rx/README.md"]
seen = unknown = 0
for page in pages:
    for number, line in enumerate(page.read_text().splitlines(), 1):
        for name, star in NAME.findall(line):
            seen += 1
            if not (any(each.startswith(name) for each in known) if star else name in known):
                unknown += 1
                print(f"{page}:{number}: no such name: {name}{star}")
print(f"{seen} names, {unknown} unknown")
sys.exit(unknown > 0 or seen < 50)
