# SPDX-License-Identifier: MIT
"""What the tests of the checks share: a tree of files, and what a check says of it."""
import pathlib
import subprocess
import sys
from collections.abc import Mapping


def write(tree: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = pathlib.Path(tree, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(*command: str) -> tuple[int, str]:
    """Exit status and output, both streams."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def expect(found: tuple[int, str], status: int, *wanted: str) -> None:
    """That the check ended with this status and said all of that."""
    for text in wanted:
        if text not in found[1]:
            sys.exit(f"expected '{text}', got '{found[1]}'")
    if found[0] != status:
        sys.exit(f"ended with {found[0]} instead of {status}: {found[1]}")
