#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rooms_test.py CHECK: rooms.py passes what is drawn, and complains about each kind of fault."""
import sys
import tempfile

import trees

PAGE = "# A page\n\n## Who may use whom\n\n```\nwire  needs nothing\nbook  needs wire\nrx    needs book  | why\n```\n"
DRAWN = {"lib/book/book.hpp": "#include <rxlab/wire/itch.hpp>\n",
         "lib/rx/pipeline.cpp": "#include <rxlab/wire/itch.hpp>\n#include <rxlab/book/book.hpp>\n"}
ARROW = '<g id="edge1" class="edge">\n<title>{}&#45;&gt;{}</title>\n'
PICTURE = ARROW.format("book", "wire") + ARROW.format("rx", "book")


def check(page: str = PAGE, **files: str) -> tuple[int, str]:
    """What rooms.py says of such a tree."""
    with tempfile.TemporaryDirectory() as tree:
        trees.write(tree, {"docs/architecture.md": page, "docs/rooms.svg": PICTURE, **DRAWN, **files})
        trees.run("git", "init", "-q", tree)
        trees.run("git", "-C", tree, "add", ".")
        return trees.run(sys.argv[1], tree)


trees.expect(check(), 0, "3 arrows between 3 rooms, all as drawn")
for (name, text), wanted in {
        ("lib/wire/itch.hpp", "#include <rxlab/rx/pipeline.hpp>"): "lib/wire/itch.hpp: uses rx; wire needs nothing",
        ("lib/wire/CMakeLists.txt", "rxlab_library(wire NEEDS rxlab::book)"): "lib/wire/CMakeLists.txt: uses book",
        ("lib/attic/old.hpp", "#include <rxlab/wire/itch.hpp>"): "names no room attic",
        ("bench/run/a.cpp", '#include "bench/report/b.hpp"'): "names no room bench/run",
        ("lib/rx/port.cpp", "#include <rte_ethdev.h>"): "uses DPDK"}.items():
    trees.expect(check(**{name: f"{text}\n"}), 1, wanted)
circle = PAGE.replace("wire  needs nothing", "wire  needs rx")
trees.expect(check(circle), 1, "a circle: wire -> rx -> book -> wire")
trees.expect(check("# A page without the list\n"), 1, "no block below 'Who may use whom'")
for picture, wanted in {ARROW.format("book", "wire"): "docs/rooms.svg: rx -> book differs",
                        PICTURE + ARROW.format("wire", "rx"): "docs/rooms.svg: wire -> rx differs"}.items():
    trees.expect(check(**{"docs/rooms.svg": picture}), 1, wanted)
print("all as expected")
