#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rooms_test.py CHECK: rooms.py passes what is drawn, and complains about each kind of fault."""
import pathlib
import subprocess
import sys
import tempfile

check = sys.argv[1]
PAGE = "# A page\n\n## Who may use whom\n\n```\nwire  needs nothing\nbook  needs wire\nrx    needs book  | why\n```\n"
DRAWN = {"lib/book/book.hpp": "#include <rxlab/wire/itch.hpp>\n",
         "lib/rx/pipeline.cpp": "#include <rxlab/wire/itch.hpp>\n#include <rxlab/book/book.hpp>\n"}


def complaint(page=PAGE, **files):
    """What rooms.py says of such a tree; empty if it passes."""
    with tempfile.TemporaryDirectory() as tree:
        for name, text in {"docs/architecture.md": page, **DRAWN, **files}.items():
            path = pathlib.Path(tree, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        subprocess.run(["git", "init", "-q", tree], check=True)
        subprocess.run(["git", "-C", tree, "add", "."], check=True)
        done = subprocess.run([check, tree], capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode else ""


def expect(found, wanted):
    if wanted not in found if wanted else found:
        sys.exit(f"expected '{wanted}', got '{found}'")


expect(complaint(), "")
expect(complaint(**{"lib/wire/itch.hpp": "#include <rxlab/rx/pipeline.hpp>\n"}), "lib/wire/itch.hpp: uses rx; wire needs nothing")
expect(complaint(**{"lib/wire/CMakeLists.txt": "rxlab_library(wire NEEDS rxlab::book)\n"}), "lib/wire/CMakeLists.txt: uses book")
expect(complaint(**{"lib/attic/old.hpp": "#include <rxlab/wire/itch.hpp>\n"}), "names no room attic")
expect(complaint(**{"bench/run/a.cpp": '#include "bench/report/b.hpp"\n'}), "names no room bench/run")
expect(complaint(**{"lib/rx/port.cpp": "#include <rte_ethdev.h>\n"}), "uses DPDK")
expect(complaint(PAGE.replace("wire  needs nothing", "wire  needs rx")), "a circle: wire -> rx -> book -> wire")
expect(complaint("# A page without the list\n"), "no block below 'Who may use whom'")
print("all as expected")
