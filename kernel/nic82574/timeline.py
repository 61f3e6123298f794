#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""timeline.py [--text|--cut] TRACE
       timeline.py --stamps RECEIVER.trace TRACE

One packet's way in a trace that `record timeline` made: from the interrupt of the NIC over the return of recvfrom(2) in
the reader to the updated book. Of all packets in it the last one is taken that went through the most steps. Prints a
drawing for slides/diagrams/draw; with --text a line for each step; with --cut the lines of the trace.

With --stamps it prints the kernel's TRACE with the receiver's own stamps in it, t_rx and t_book of each packet. Both must
be of one clock: `x86-tsc` where the receiver counts with the TSC, else `mono_raw`.
Exit: 0 done, 1 no such packet, with one line that says what is missing."""
import pathlib
import re
import struct
import sys
from typing import NamedTuple, NoReturn

# "  kernel_rx-248     [001] d.h1.    23.397793: sched_wakeup: comm=kernel_rx …"; flags: Documentation/trace/ftrace.rst
LINE = re.compile(r"^\s*(?P<task>.+)-\d+\s+\[(?P<cpu>\d+)\]\s+(?P<flags>\S+)\s+(?P<time>[\d.]+): (?P<what>.*)$")
FUNCTION = re.compile(r"^(?P<name>[\w.]+) <-")
MOLD_HEADER_BYTES = 20  # alone: a heartbeat, or the end of the session
LANES = ["hard interrupt", "softirq", "the reader"]
HAND_OVERS = ["__napi_schedule()", "sock_def_readable()"]  # of each lane to the next

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
    (r"rxlab: t_rx ", "t_rx: poll() returns"),
    (r"rxlab: t_book ", "*t_book: the book is updated"),
]

# lib/latency/include/rxlab/latency/trace.hpp: TraceHeader and TraceRecord.
HEADER = struct.Struct("<8s4I3Q3d56x")
RECORD = struct.Struct("<3QHHI")
TSC = 1


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


def stamps(path: str) -> tuple[bool, list[tuple[int, str]]]:
    """Of a receiver's trace: whether its clock is the TSC, and its stamps, each with what it is."""
    data = pathlib.Path(path).read_bytes()
    if len(data) < HEADER.size or data[:8] != b"RXTRACE\0":
        die(f"read {path}: not a trace of a receiver")
    _, _, _, _, clock_source, _, count, *_ = HEADER.unpack_from(data)
    records = [RECORD.unpack_from(data, HEADER.size + i * RECORD.size) for i in range(count)]
    return clock_source == TSC, sorted(
        stamp for sequence, first, second, *_ in records
        for stamp in ((first, f"t_rx sequence={sequence}"), (second, f"t_book sequence={sequence}")))


def with_stamps(lines: list[str], receiver_trace: str) -> list[str]:
    """The lines of the kernel's trace, and in between a line for each stamp, as if the receiver had written it there."""
    by_tsc, rest = stamps(receiver_trace)
    merged: list[str] = []
    reader = ""
    for line in lines:
        found = LINE.match(line)
        if found:
            if ("." in found["time"]) == by_tsc:
                die("the kernel's trace is of another clock than the receiver's")
            # Of a time in seconds the trace has six digits: what lies within the same microsecond was before the stamp.
            until = int(found["time"]) if by_tsc else int(found["time"].replace(".", "")) * 1000
            while reader and rest and rest[0][0] < until:
                stamp, what = rest.pop(0)
                time = str(stamp) if by_tsc else f"{stamp // 1000000000}.{stamp // 1000 % 1000000:06}"
                merged.append(f"{reader} ..... {time:>12}: rxlab: {what}")
            if "sys_exit: " in found["what"]:
                reader = line[:line.index("]") + 1]
        merged.append(line)
    return merged


def ways(lines: list[str]) -> list[list[str]]:
    """The lines of each packet: from an interrupt over the first recvfrom that returns messages to the updated book,
    without another interrupt in between, and with no step twice: then it was alone."""
    found: list[list[str]] = []
    current: list[str] | None = None
    returned = 0
    for line in lines:
        if "irq_handler_entry: " in line:
            current, returned = [], 0
        if current is None:
            continue
        current.append(line)
        if matched := re.search(r"sys_exit: NR 45 = (\d+)", line):
            returned = int(matched[1])
            if returned <= MOLD_HEADER_BYTES:
                current = None
        elif "rxlab: t_book " in line:
            steps = [each.words for each in map(step, current) if each]
            if returned and len(set(steps)) == len(steps) and any("nic_rx <-" in each for each in current):
                found.append(current)
            current = None
    return found


def drawing(steps: list[Step]) -> str:
    left, width, top, height = 70, 370, 58, 26
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
            out.append(f"box {x} {y} {width - 44} {height - 1} {colour} | ~{each.words[1:]}")
        else:
            out.append(f"text {x + 6} {y + 20} start | ~{each.words}")
        # A hand-over: the first step of the next lane.
        if each.lane > max((other.lane for other in steps[:row]), default=each.lane):
            before = left + (each.lane - 1) * width + width - 60
            bend = before + 30
            source = next((at for at, other in enumerate(steps[:row]) if other.words == HAND_OVERS[each.lane - 1]), row - 1)
            start = top + source * height + 14
            out.append(f"arrow {before} {start} {bend} {start} {bend} {y + 14} {x - 2} {y + 14}")
    return "\n".join(["# SPDX-License-Identifier: MIT", "# Made by kernel/nic82574/timeline.py from a trace: do not edit.",
                      *out, ""])


def main() -> None:
    how = sys.argv[1] if len(sys.argv) > 2 else ""
    if len(sys.argv) != {"": 2, "--text": 3, "--cut": 3, "--stamps": 4}.get(how, 0):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        with open(sys.argv[-1], encoding="utf-8") as file:
            lines = file.read().splitlines()
        if how == "--stamps":
            print("\n".join(with_stamps(lines, sys.argv[2])))
            return
    except OSError as error:
        die(f"read {error.filename}: {error.strerror}")
    found = ways(lines)
    if not found:
        die(f"{sys.argv[-1]}: no packet in it from irq_handler_entry over nic_rx and a recvfrom that returns bytes to "
            "t_book")
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
