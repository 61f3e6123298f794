#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""draw.py --title TEXT (--perf|--callgrind) FILE: a flame graph as SVG, on standard output.

FILE is what `perf script -F comm,ip,sym` printed, or what callgrind wrote with --separate-callers. A box is a function, the
boxes on it are those that it called, and its width is its share of all samples (callgrind: of all instructions). Orange
is the kernel, blue the program. Functions that (nearly) all samples have in common are left out below, and those with
less than a percent. Exit: 0 done, 1 nothing to draw."""
import collections
import html
import re
import sys

WIDTH, ROW, LETTER = 1240, 30, 12  # pixels; a letter's width is an average
SMALLEST = 0.01                      # share of the whole that is drawn
COMMON = 0.95                        # share of the samples that makes a function common to all
STYLE = """
.flame { --ink: #1b1f24; --soft: #4b5563; --kernel: #f3c6a5; --user: #b5d8ec; --edge: #ffffff; }
@media (prefers-color-scheme: dark) {
  .flame { --ink: #eceff3; --soft: #b6bfcb; --kernel: #74401c; --user: #1d4f6b; --edge: #14181d; }
}
.flame text { font: 20px "Source Sans Pro", "Source Sans 3", Helvetica, Arial, "Liberation Sans", sans-serif; fill: var(--ink); }
.flame .title { font-weight: 600; }
.flame .note { fill: var(--soft); }
.flame rect { stroke: var(--edge); stroke-width: 1; }
.flame .kernel { fill: var(--kernel); }
.flame .user { fill: var(--user); }
"""


class Frame:
    """A function as it was called on one way, with the cost of all that it called."""

    def __init__(self, name, in_kernel):
        self.name, self.in_kernel, self.cost, self.calls = name, in_kernel, 0, {}

    def add(self, stack, cost):
        self.cost += cost
        here = self
        for name, in_kernel in stack:
            here = here.calls.setdefault(name, Frame(name, in_kernel))
            here.cost += cost


def plain(name):
    """A C++ function with its class, without namespaces, template arguments and parameters."""
    name = re.sub(r" \(inlined\)$|@.*$|\.(?:isra|constprop|part|cold)\.?\d*", "", name)
    name = name.replace("(anonymous namespace)::", "").replace("{lambda()#1}", "lambda")
    while "<" in name and (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    name = re.sub(r"\(.*$", "", name).rsplit(" ", 1)[-1] or name
    return "::".join(name.split("::")[-2:] if re.match(r"[A-Z]", name.split("::")[-2:][0]) else name.split("::")[-1:])


def stacks_of_perf(text):
    """Each sample: a line that begins with the command, and a line for each function, the innermost first."""
    for sample in re.split(r"\n\s*\n", text):
        frames = re.findall(r"^\s+([0-9a-f]+) (.+)$", sample, re.M)
        stack = [(plain(name), address.startswith("ffff") and len(address) == 16)
                 for address, name in frames if name != "[unknown]"]
        if stack:
            yield stack[::-1], 1


def stacks_of_callgrind(text):
    """Costs of functions whose names tell their callers: "f'g'main". Costs below calls= are those of the callee."""
    names, costs, here, skip = {}, collections.Counter(), None, False
    for line in text.splitlines():
        if found := re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line):
            if found[2]:
                names[found[1]] = found[2]
            if line.startswith("fn="):
                here = found[1]
        elif line.startswith("calls="):
            skip = True
        elif found := re.match(r"[+\-*]?\d* (\d+)$", line):
            if not skip and here:
                costs[here] += int(found[1])
            skip = False
    for number, cost in costs.items():
        yield [(plain(name), False) for name in reversed(names[number].split("'")) if not re.match(r"\d+$", name)], cost


def drawing(root, title, unit):
    while (first := max(root.calls.values(), key=lambda call: call.cost, default=root)).cost >= COMMON * root.cost and first.calls:
        root = first
    boxes = []

    def place(frame, x, depth):
        boxes.append((frame, x, depth))
        for call in sorted(frame.calls.values(), key=lambda each: -each.cost):
            if call.cost >= SMALLEST * root.cost:
                place(call, x, depth + 1)
                x += call.cost / root.cost * WIDTH
    place(root, 0, 0)
    height = ROW * (max(depth for _, _, depth in boxes) + 1) + 2 * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           f'class="flame" role="img">', f"<title>{html.escape(title)}</title>", f"<style>{STYLE}</style>",
           f'<text class="title" x="0" y="21">{html.escape(title)}</text>',
           f'<text class="note" x="{WIDTH}" y="21" text-anchor="end">{root.cost:,} {unit}; orange: kernel, blue: program</text>']
    for frame, x, depth in boxes:
        width, y = frame.cost / root.cost * WIDTH, height - ROW * (depth + 1)
        share = f"{100 * frame.cost / root.cost:.1f} %"
        room = int((width - 8) / LETTER)
        label = frame.name if len(frame.name) <= room else frame.name[:room - 1] + "…" if room > 3 else ""
        if len(label) + len(share) + 2 <= room and depth:
            label += f"  {share}"
        out.append(f'<g><title>{html.escape(frame.name)}: {share}</title><rect class="{"kernel" if frame.in_kernel else "user"}" '
                   f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW}"/>'
                   + (f'<text x="{x + 5:.1f}" y="{y + 21}">{html.escape(label)}</text>' if label else "") + "</g>")
    return "\n".join([*out, "</svg>", ""])


def main():
    if len(sys.argv) != 5 or sys.argv[1] != "--title" or sys.argv[3] not in ("--perf", "--callgrind"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    _, _, title, kind, path = sys.argv
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    root = Frame("all", False)
    for stack, cost in (stacks_of_perf if kind == "--perf" else stacks_of_callgrind)(text):
        root.add(stack, cost)
    if not root.cost:
        sys.exit(f"draw.py: {path}: no samples in it")
    print(drawing(root, title, "samples" if kind == "--perf" else "instructions"), end="")


main()
