# SPDX-License-Identifier: MIT
"""What the checks of documents share: which pages there are, and lines without code."""
import os
import pathlib
import re
from collections.abc import Iterator

SKIPPED_FOLDERS = {".git", "node_modules", "build", "results"}


def all_pages(root: pathlib.Path) -> list[pathlib.Path]:
    """Every Markdown file below the root, except in what is built, measured or fetched."""
    pages = []
    for folder, folders, files in os.walk(root):
        folders[:] = set(folders) - SKIPPED_FOLDERS
        pages += [pathlib.Path(folder, name) for name in files if name.endswith(".md")]
    return sorted(pages)


def guides_and_slides(root: pathlib.Path) -> list[pathlib.Path]:
    return [*sorted(root.glob("slides/parts/*.md")), *sorted(root.glob("docs/*.md"))]


def lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not in a block of code, with their numbers."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        if mark := re.match(r"\s*(```+|~~~+)", line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        elif not fence:
            yield number, line
