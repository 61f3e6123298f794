#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""timeline_test.py ROOT: what kernel/nic82574/timeline.py makes of a trace."""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
RECORDED = ROOT / "docs/reference/nic82574/packet.txt"


def timeline(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "kernel/nic82574/timeline.py", *arguments], capture_output=True, text=True, check=False)


def drawn_from(text: str, how: str = "--text") -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        return timeline(how, file.name)


class Timeline(unittest.TestCase):
    def test_the_slides_picture_is_that_of_the_recorded_packet(self) -> None:
        picture = ROOT / "slides/diagrams/packet-timeline.diagram"
        self.assertEqual(timeline(str(RECORDED)).stdout, picture.read_text())

    def test_the_way_leads_from_the_interrupt_over_the_rx_handler_to_the_book(self) -> None:
        lines = timeline("--text", str(RECORDED)).stdout.splitlines()
        self.assertIn("hard interrupt", lines[0])
        self.assertIn("softirq         nic_rx(): the RX handler", "\n".join(lines))
        self.assertRegex(lines[-3], r"the reader +recvfrom\(2\) returns \d+ bytes$")
        self.assertRegex(lines[-1], r"the reader +t_book: the book is updated$")

    def test_the_last_packet_with_the_most_steps_is_taken(self) -> None:
        packet = RECORDED.read_text()
        bytes_returned = re.search(r"returns (\d+) bytes", timeline("--text", str(RECORDED)).stdout)[1]
        shorter = "".join(line for line in packet.splitlines(True) if "sched_" not in line)
        other = packet.replace(f"= {bytes_returned}\n", "= 77\n")
        self.assertIn("returns 77 bytes", drawn_from(packet + other + shorter).stdout)
        self.assertEqual(drawn_from(shorter + other, "--cut").stdout, other)

    def test_two_packets_in_one_poll_are_no_way_of_one_packet(self) -> None:
        lines = RECORDED.read_text().splitlines(True)
        twice = [line for line in lines if "udp_rcv <-" in line]
        self.assertEqual(len(twice), 1)
        at = lines.index(twice[0])
        self.assertEqual(drawn_from("".join(lines[:at] + twice + lines[at:])).returncode, 1)

    def test_the_receivers_stamps_stand_where_their_time_is(self) -> None:
        packet = RECORDED.read_text().splitlines(True)
        times = [int(line.split("rxlab:")[0].split()[-1].rstrip(":").replace(".", "")) * 1000
                 for line in packet if "rxlab:" in line]
        traced = "".join(line for line in packet if "rxlab:" not in line)
        traced += f"       kernel_rx-1 [001] ..... {times[1] // 10**9 + 1}.000000: sys_enter: NR 45\n"
        for source, digits in (2, traced), (1, re.sub(r" (\d+)\.(\d{6}):", r" \g<1>\g<2>000:", traced)):
            with tempfile.NamedTemporaryFile() as stamps, tempfile.NamedTemporaryFile("w") as kernels:
                stamps.write(struct.pack("<8s4I3Q3d56x", b"RXTRACE\0", 1, 32, 2, source, 1, 1, 0, 1, 1, 1) +
                             struct.pack("<3QHHI", 41, *times, 0, 0, 1))
                kernels.write(digits)
                stamps.flush(), kernels.flush()
                merged = timeline("--stamps", stamps.name, kernels.name).stdout
                self.assertEqual([step.split()[-1] for step in drawn_from(merged).stdout.splitlines()[-2:]],
                                 ["returns", "updated"])
                self.assertIn("t_book sequence=41", merged)
            # The same stamps beside a trace of another clock.
            with tempfile.NamedTemporaryFile() as stamps, tempfile.NamedTemporaryFile("w") as kernels:
                stamps.write(struct.pack("<8s4I3Q3d56x", b"RXTRACE\0", 1, 32, 2, 3 - source, 1, 0, 0, 1, 1, 1))
                kernels.write(digits)
                stamps.flush(), kernels.flush()
                self.assertIn("of another clock", timeline("--stamps", stamps.name, kernels.name).stderr)

    def test_a_trace_without_a_packet_is_refused_in_one_line(self) -> None:
        for text in "", "# tracer: function\n", RECORDED.read_text().replace("nic_rx <-", "e1000_clean_rx_irq <-"):
            done = drawn_from(text)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"^timeline\.py: .*: no packet in it from irq_handler_entry.*\n$")
        missing = timeline("/nonexistent/trace")
        self.assertEqual(missing.stderr, "timeline.py: read /nonexistent/trace: No such file or directory\n")
        self.assertEqual(timeline().returncode, 2)


unittest.main()
