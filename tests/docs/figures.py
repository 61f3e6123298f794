#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""figures.py ROOT: no performance figure is typed in slides or documents. A figure is a number with a unit of time,
rate or ratio; it must come from a result (the slides' .result, a [reference: …] or [table: …] block) or carry a
citation, a link to its source (or to the reference run's tables), in the same paragraph, list item or table row.
Prints the others; exit 1. Left out: formats and contracts, the limits below, and docs/reference (made by rxbench)."""
import pathlib
import re
import sys
from collections.abc import Iterator

from pages import guides_and_slides

NO_MEASUREMENTS = {"contracts.md", "result-format.md"}
# Limits and faults that are set, not measured.
LIMITS = {"impairments.md": ["4.6 µs", "0.26 µs", "1.4 µs", "20 ms"],
          "how-we-measure.md": ["8 µs", "5 µs", "20 µs", "40 µs"],
          "how-to-read-the-tables.md": ["10,000 packets/s", "100 µs"]}
FIGURE = re.compile(r"""
    (?<![\w.-]) \d[\d,.]* (?:\s*(?:/|→|to|–)\s*\d[\d,.]*)* \s* (?:
        (?:ns|µs|us|ms|nanoseconds?|microseconds?|milliseconds?)\b |
        (?:[MGk]?pps|Mpps|[MG]bit/s|(?:packets|messages)/s|cycles)\b |
        (?:x\b|×|\s?times\ (?:faster|slower|better)|\ ?%\ (?:faster|slower|less|more))
    )""", re.X | re.A)
CITED = re.compile(r"\]\((?:https?://|reference/tables\.md)")
BREAK = re.compile(r"\s*$|\s*(?:[-*|]|\d+\.)|#|```")


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs, list items and table rows with the line on which they begin; what a tool fills is left out."""
    filled, start, piece = False, 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        filled = filled or bool(re.search(r"<!-- \[(?:reference|table|include):", line))
        if piece and BREAK.match(line):
            yield start, piece
            piece = ""
        if not filled and line.strip():
            start = start if piece else number
            piece += f"{line}\n"
        filled = filled and "<!-- [end" not in line
    if piece:
        yield start, piece


root = pathlib.Path(sys.argv[1])
pages = [*guides_and_slides(root), root / "README.md"]
seen = typed = 0
for page in pages:
    if page.name in NO_MEASUREMENTS:
        continue
    for number, words in pieces(page.read_text()):
        seen += 1
        if CITED.search(words):
            continue
        for limit in LIMITS.get(page.name, []):
            words = words.replace(limit, "", 1)
        for figure in FIGURE.findall(words):
            typed += 1
            print(f"{page.relative_to(root)}:{number}: typed figure without a source: {figure}")
print(f"{len(pages)} pages, {seen} pieces, {typed} typed figures")
sys.exit(typed > 0 or seen < 100)
