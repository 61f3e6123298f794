#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""timeline_test.py ROOT: what kernel/nic82574/timeline.py makes of a trace."""
import pathlib
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

    def test_the_way_leads_from_the_interrupt_over_the_rx_handler_to_recvfrom(self) -> None:
        lines = timeline("--text", str(RECORDED)).stdout.splitlines()
        self.assertIn("hard interrupt", lines[0])
        self.assertIn("softirq         nic_rx(): the RX handler", "\n".join(lines))
        self.assertRegex(lines[-1], r"the reader +recvfrom\(2\) returns \d+ bytes$")

    def test_the_last_packet_with_the_most_steps_is_taken(self) -> None:
        packet = RECORDED.read_text()
        bytes_returned = timeline("--text", str(RECORDED)).stdout.split()[-2]
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

    def test_a_trace_without_a_packet_is_refused_in_one_line(self) -> None:
        for text in "", "# tracer: function\n", RECORDED.read_text().replace("nic_rx <-", "e1000_clean_rx_irq <-"):
            done = drawn_from(text)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"^timeline\.py: .*: no packet in it from irq_handler_entry.*\n$")
        missing = timeline("/nonexistent/trace")
        self.assertEqual(missing.stderr, "timeline.py: read /nonexistent/trace: No such file or directory\n")
        self.assertEqual(timeline().returncode, 2)


unittest.main()
