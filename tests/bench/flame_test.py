#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flame_test.py ROOT: what bench/flame/draw.py makes of profiles."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

DRAW = pathlib.Path(sys.argv.pop(1)) / "bench/flame/draw.py"
SVG = "{http://www.w3.org/2000/svg}"


def sample(*frames: str) -> str:
    return "receiver \n" + "".join(f"\t{frame}\n" for frame in frames) + "\n"


BELOW = ("12bf2 std::_Function_handler<int (), main::{lambda()#1}>::_M_invoke", "c077 main")
ASKING = sample("ffffffff8225a695 do_syscall_64", "10a9e3 __libc_recvfrom", "37552 rxlab::kernel_rx::OneByOne::receive_from",
                "10f9a (anonymous namespace)::run", *BELOW)
BOOKING = sample("4242 rxlab::book::BasicBook<rxlab::book::PriceLevels>::apply(int)", "10f9a (anonymous namespace)::run", *BELOW)
# Three functions by callgrind with --separate-callers: f calls g for 700, which the line after calls= says once more.
CALLGRIND = """events: Ir
fn=(1) main
10 100
fn=(2) f'main
11 200
cfn=(3) g'f'main
calls=5 20
12 700
fn=(3)
20 600
+1 100
"""


def drawn(kind: str, text: str) -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return subprocess.run([DRAW, "--title", "one & two", kind, file.name], capture_output=True, text=True, check=False)


def boxes(svg: str) -> dict[str, tuple[str, float, float]]:
    """Each function's colour, width and y."""
    found = {}
    for group in xml.etree.ElementTree.fromstring(svg).iter(SVG + "g"):
        rect = group.find(SVG + "rect")
        found[group.find(SVG + "title").text] = (rect.get("class"), float(rect.get("width")), float(rect.get("y")))
    return found


class Flame(unittest.TestCase):
    def test_a_box_is_as_wide_as_its_share_of_the_samples(self) -> None:
        found = boxes(drawn("--perf", 3 * ASKING + BOOKING).stdout)
        self.assertEqual(found["do_syscall_64: 75.0 %"][:2], ("kernel", 930))
        self.assertEqual(found["OneByOne::receive_from: 75.0 %"][:2], ("user", 930))
        self.assertEqual(found["BasicBook::apply: 25.0 %"][:2], ("user", 310))

    def test_callees_stand_on_their_callers_and_what_is_common_to_all_is_left_out(self) -> None:
        found = boxes(drawn("--perf", 3 * ASKING + BOOKING).stdout)
        self.assertLess(found["do_syscall_64: 75.0 %"][2], found["__libc_recvfrom: 75.0 %"][2])
        self.assertIn("run: 100.0 %", found)
        self.assertFalse([name for name in found if name.startswith("main")])

    def test_callgrinds_costs_are_counted_once(self) -> None:
        svg = drawn("--callgrind", CALLGRIND).stdout
        self.assertIn("1,000 instructions", svg)
        self.assertEqual(set(boxes(svg)), {"main: 100.0 %", "f: 90.0 %", "g: 70.0 %"})

    def test_text_fits_into_its_box_and_can_be_read(self) -> None:
        svg = drawn("--perf", 400 * ASKING + 3 * BOOKING + ASKING.replace("recvfrom", "r" * 500)).stdout
        self.assertGreaterEqual(min(int(size) for size in re.findall(r"font: (\d+)px", svg)), 20)
        for group in xml.etree.ElementTree.fromstring(svg).iter(SVG + "g"):
            label = group.find(SVG + "text")
            if label is not None:
                self.assertLess(10 * len(label.text), float(group.find(SVG + "rect").get("width")))

    def test_a_profile_without_samples_is_refused_in_one_line(self) -> None:
        done = drawn("--perf", "\n")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^draw\.py: .*: no samples in it\n$")


unittest.main()
