#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""figures_test.py FIGURES.PY: the figure check finds each kind of typed figure, and nothing that is cited or filled
in."""
import sys
import tempfile

import trees

CLEAN = ['Half of them within [ ]{.result value="single.kernel-block.p50"}.',
         "2 MiB huge pages, port 30001, 64 packets.", "p50 is 11.04 µs ([issue 83, 2022](https://example.org/83)).",
         "| 590 ns | [guide](https://example.org) |",
         "<!-- [reference: single Latency, µs] -->\n\n| a | 31.2 µs |\n\n<!-- [end] -->",
         "DPDK 22.11, rung x, 4x4 feeds"]
TYPED = ["It takes 3.4 µs.", "It takes 590 / 635 / 717 ns here.", "DPDK is 6.8x faster.", "and 12 times faster",
         "| spin | 3.05 µs |", "up to 14.88 Mpps", "a rate of 10,000 packets/s", "25% less latency",
         "A [link](docs/x.md) and 3 µs."]


def check(text: str) -> tuple[int, str]:
    # The check wants to have seen something: a hundred paragraphs without a figure.
    words = "word\n\n" * 50
    with tempfile.TemporaryDirectory() as tree:
        trees.write(tree, {"README.md": words, "docs/page.md": f"{words}{text}\n", "slides/parts/10.md": words})
        return trees.run(sys.argv[1], tree)


for text in CLEAN:
    trees.expect(check(text), 0)
for text in TYPED:
    trees.expect(check(text), 1, "docs/page.md:101: typed figure")
print(f"{len(TYPED)} of {len(TYPED)} typed figures found")
