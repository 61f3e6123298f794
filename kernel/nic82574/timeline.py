#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""timeline.py [--text|--cut] TRACE

One packet's way in a trace that `record timeline` made: from the interrupt of the NIC to the return of recvfrom(2) in
the reader. Of all packets in it the last one is taken that went through the most steps. Prints a drawing for
slides/diagrams/draw; with --text a line for each step; with --cut the lines of the trace. Exit: 0 done, 1 no such
packet, with one line that says what is missing."""
import re
import sys
from typing import NamedTuple, NoReturn

# "  kernel_rx-248     [001] d.h1.    23.397793: sched_wakeup: comm=kernel_rx …"; flags: Documentation/trace/ftrace.rst
LINE = re.compile(r"^\s*(?P<task>.+)-\d+\s+\[(?P<cpu>\d+)\]\s+(?P<flags>\S+)\s+(?P<time>[\d.]+): (?P<what>.*)$")
FUNCTION = re.compile(r"^(?P<name>[\w.]+) <-")
MOLD_HEADER_BYTES = 20  # alone: a heartbeat, or the end of the session
LANES = ["hard interrupt", "softirq", "the reader"]

# What a line of the trace is in the drawing, in the words of this kit. Lines that match nothing are left out.
STEPS = [
    (r"nic_interrupt <-", "*nic_interrupt(): ICR, IMC"),
    (r"softirq_raise: vec=3 ", "__napi_schedule()"),
    (r"net_rx_action <-", "net_rx_action()"),
    (r"nic_poll <-", "nic_poll(), budget 64"),
    (r"nic_rx <-", "*nic_rx(): the RX handler"),
    (r"napi_gro_receive_entry: ", "napi_gro_receive()"),
    (r"netif_receive_skb: ", "netif_receive_skb: IP"),
    (r"udp_rcv <-", "udp_rcv()"),
    (r"__udp_enqueue_schedule_skb <-", "the socket's queue"),
    (r"sock_def_readable <-", "sock_def_readable()"),
    (r"napi_poll: .* work (\d+) budget", r"ring empty after \1: IMS"),
    (r"sched_wakeup: ", "woken: it may run"),
    (r"sched_switch: .*next_comm=kernel_rx", "it runs"),
    (r"sys_exit: NR 45 = (\d+)", r"*recvfrom(2) returns \1 bytes"),
]


class Step(NamedTuple):
    time: float
    cpu: int
    lane: int
    words: str
    is_rx_handler: bool


def die(reason: str) -> NoReturn:
    sys.exit(f"timeline.py: {reason}")


def lane_of(flags: str, what: str) -> int:
    """The context in which a line was written: the third flag. What the scheduler does is done for the reader."""
    if what.startswith("sched_"):
        return 2
    return 0 if flags[2] in "hHZz" else 1 if flags[2] == "s" else 2


def step(line: str) -> Step | None:
    found = LINE.match(line)
    if not found:
        return None
    for pattern, words in STEPS:
        matched = re.match(pattern, found["what"])
        if matched:
            return Step(float(found["time"]), int(found["cpu"]), lane_of(found["flags"], found["what"]),
                        matched.expand(words), pattern.startswith("nic_rx"))
    return None


def ways(lines: list[str]) -> list[list[str]]:
    """The lines of each packet: from an interrupt to the first recvfrom that returns messages, without another
    interrupt in between, and with no step twice: then it was alone."""
    found: list[list[str]] = []
    current: list[str] | None = None
    for line in lines:
        if "irq_handler_entry: " in line:
            current = []
        if current is not None:
            current.append(line)
            returned = re.search(r"sys_exit: NR 45 = (\d+)", line)
            if returned:
                steps = [each.words for each in map(step, current) if each]
                if (len(set(steps)) == len(steps) and any("nic_rx <-" in each for each in current)
                        and int(returned[1]) > MOLD_HEADER_BYTES):
                    found.append(current)
                current = None
    return found


def drawing(steps: list[Step]) -> str:
    left, width, top, height = 70, 370, 58, 27
    out = [f"size 1180 {top + height * len(steps) + 8}", "title One packet's way, as the kernel traced it",
           "desc Recorded in a guest with an emulated 82574L and the driver of kernel/nic82574. Three lanes.",
           *(f"desc {LANES[lane].capitalize()}: " + "; ".join(
               each.words.lstrip("*") for each in steps if each.lane == lane) + "." for lane in range(3)),
           "", "text 8 34 start | ~CPU"]
    out += [f"text {left + lane * width} 34 start | *{name}" for lane, name in enumerate(LANES)]
    out += ["line 8 48 1172 48 soft"]
    for row, each in enumerate(steps):
        x, y = left + each.lane * width, top + row * height
        out.append(f"text 20 {y + 20} start | ~{each.cpu}")
        if each.words.startswith("*"):
            colour = "bad" if each.is_rx_handler else "bypass" if each.lane == 2 else "kernel"
            out.append(f"box {x} {y} {width - 44} {height - 2} {colour} | ~{each.words[1:]}")
        else:
            out.append(f"text {x + 6} {y + 20} start | ~{each.words}")
        # A hand-over: the first step of the next lane.
        if each.lane > max((other.lane for other in steps[:row]), default=each.lane):
            before = left + (each.lane - 1) * width + width - 60
            bend = before + 30
            out.append(f"arrow {before} {y - height + 14} {bend} {y - height + 14} {bend} {y + 14} {x - 2} {y + 14}")
    return "\n".join(["# SPDX-License-Identifier: MIT", "# Made by kernel/nic82574/timeline.py from a trace: do not edit.",
                      *out, ""])


def main() -> None:
    how = sys.argv[1] if len(sys.argv) == 3 else ""
    if len(sys.argv) not in (2, 3) or how not in ("", "--text", "--cut"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        with open(sys.argv[-1], encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError as error:
        die(f"read {sys.argv[-1]}: {error.strerror}")
    found = ways(lines)
    if not found:
        die(f"{sys.argv[-1]}: no packet in it from irq_handler_entry over nic_rx to a recvfrom that returns bytes")
    # The reader may have been awake still: then some steps are missing. The packet with the most steps has all.
    way = max(reversed(found), key=lambda lines: sum(1 for line in lines if step(line)))
    steps = [each for each in map(step, way) if each]
    if how == "--cut":
        print("\n".join(way))
    elif how == "--text":
        for each in steps:
            print(f"CPU {each.cpu}  {LANES[each.lane]:15} {each.words.lstrip('*')}")
    else:
        print(drawing(steps), end="")


main()
