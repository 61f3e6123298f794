#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""links_test.py LINKS.PY: the link check finds each kind of dead link, and nothing else."""
import sys
import tempfile

import trees

SOUND = {"docs/here.md": "# A part, `of` it\n\nfine\n", "README.md": """# Part

[a](docs/here.md) ![b](docs/here.md#a-part-of-it) [c](https://example.org/x) [d](#part) [e](docs)
`[code](not/a/link.md)`

```
[fenced](not/a/link.md)
```
[f]: docs/here.md
"""}
DEAD = {"docs/dead.md": """[gone](gone.md) and [site](/docs/here.md)
[outside](../../../etc/passwd)
[reference]: nowhere.md
[heading](here.md#nowhere) and [another](#nowhere)
[not in git](../left.txt)
""", ".gitignore": "/left.txt\n", "left.txt": "built\n"}

with tempfile.TemporaryDirectory() as tree:
    trees.write(tree, SOUND)
    trees.expect(trees.run(sys.argv[1], tree), 0, "2 pages, 6 links, 0 dead")
    trees.write(tree, DEAD)
    trees.run("git", "init", "-q", tree)
    trees.expect(trees.run(sys.argv[1], tree), 1,
                 "docs/dead.md:1: gone.md: no such file", "docs/dead.md:1: /docs/here.md: starts at the root",
                 "docs/dead.md:2: ../../../etc/passwd: ", "docs/dead.md:3: nowhere.md: no such file",
                 "docs/dead.md:4: here.md#nowhere: no such heading there",
                 "docs/dead.md:4: #nowhere: no such heading on this page",
                 "docs/dead.md:5: ../left.txt: ignored by git", "3 pages, 13 links, 7 dead")
print("7 of 7 dead links found")
