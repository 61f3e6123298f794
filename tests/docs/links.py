#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""links.py ROOT: every relative link in the Markdown files below ROOT must lead to a file or folder
inside ROOT that is not ignored by git, and to a heading of it where it names one. Prints file, line and target of those
that do not; exit 1. Left out: slides/parts (pandoc resolves those, and fails itself), and what git ignores."""
import functools
import pathlib
import re
import subprocess
import sys

from pages import all_pages, lines_outside_fences

root = pathlib.Path(sys.argv[1]).resolve()


def ignored_by_git() -> set[pathlib.Path]:
    """Outside a git work tree (an unpacked archive) nothing is ignored."""
    if not (root / ".git").exists():
        return set()
    said = subprocess.check_output(["git", "-C", root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard",
                                    "--directory"], text=True)
    return {root / path for path in said.split("\0") if path}


@functools.cache
def anchors(page: pathlib.Path) -> set[str]:
    """Those of a document's headings, as GitHub makes them."""
    found = set()
    for _, line in lines_outside_fences(page.read_text()):
        if heading := re.match(r"#+\s+(.*?)\s*$", line):
            name = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1].lower())
            found.add(re.sub(r"[^\w\- ]", "", name).replace(" ", "-"))
    return found


def fault(page: pathlib.Path, target: str) -> str:
    """Why a link on the page is dead; empty if it is not."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
        return ""  # another site
    path, _, anchor = target.partition("#")
    if not path:
        return "" if anchor in anchors(page) else "no such heading on this page"
    if path.startswith("/"):
        return "starts at the root of a site"
    full = (page.parent / path.replace("%20", " ")).resolve()
    if not full.exists():
        return "no such file"
    if not full.is_relative_to(root):
        return "outside the repository"
    if not ignored.isdisjoint((full, *full.parents)):
        return "ignored by git"
    if anchor and full.suffix == ".md" and anchor not in anchors(full):
        return "no such heading there"
    return ""


def targets(line: str) -> list[str]:
    line = re.sub(r"`[^`]*`", "code", line)
    return (re.findall(r"\]\(\s*<?([^)\s>]+)", line)
            + re.findall(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", line))


ignored = ignored_by_git()
pages = [page for page in all_pages(root) if page.parent != root / "slides/parts"]
links = dead = 0
for page in pages:
    for number, line in lines_outside_fences(page.read_text()):
        for target in targets(line):
            links += 1
            if reason := fault(page, target):
                dead += 1
                print(f"{page.relative_to(root)}:{number}: {target}: {reason}")
print(f"{len(pages)} pages, {links} links, {dead} dead")
sys.exit(dead > 0 or not pages)
