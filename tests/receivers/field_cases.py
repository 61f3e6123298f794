#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Captures and ITCH files as people who do this job met them, each a few hundred bytes, packed from the formats'
specifications alone. Most hold the same six orders of one feed, so they must end in the same book.

usage: field_cases.py FOLDER"""
import os
import struct
import sys
from collections.abc import Callable
from typing import Any

START_S = 1_700_000_000
GROUP, PORT = "239.1.1.1", 30001
ETHERNET, NULL, LOOP, WIRELESS = 1, 0, 108, 105
PathOf = Callable[[str], str]
Timed = list[tuple[float, bytes, dict[str, Any]]]


def address(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def add(reference: int, locate: int = 1, stock: bytes = b"TEST", tail: bytes = b"") -> bytes:
    """An order of 100 shares; `tail` is what a later version of ITCH might add."""
    side = b"BS"[reference % 2 :][:1]
    return (b"A" + struct.pack(">HH6sQ", locate, 0, b"\0" * 6, reference) + side
            + struct.pack(">I8sI", 100, stock.ljust(8), 1_000_000 + 50 * reference * (1 if side == b"S" else -1)) + tail)


def mold(sequence: int, messages: list[bytes], session: bytes = b"FIELD00001",
         count: int | None = None) -> bytes:
    body = b"".join(struct.pack(">H", len(m)) + m for m in messages)
    return session.ljust(10) + struct.pack(">QH", sequence, len(messages) if count is None else count) + body


def ipv4(payload: bytes, destination: str = GROUP, port: int = PORT, protocol: int = 17,
         source: str = "10.0.0.1") -> bytes:
    if protocol == 17:
        payload = struct.pack(">HHHH", 40000, port, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0x4000, 8, protocol, 0, address(source),
                       address(destination)) + payload


def frame(packet: bytes, tags: bytes = b"") -> bytes:
    return bytes([1, 0, 0x5E, 1, 1, 1, 2, 0, 0, 0, 0, 1]) + tags + b"\x08\0" + packet


def orders(session: bytes = b"FIELD00001") -> list[bytes]:
    """Six packets of one order each."""
    return [mold(i, [add(i)], session) for i in range(1, 7)]


def frames(**options: Any) -> list[bytes]:
    return [frame(ipv4(p, **options)) for p in orders()]


def pcap(path: str, packets: list[bytes], link_type: int = ETHERNET, snap: int = 65535, order: str = "<") -> None:
    """A packet each millisecond; what is longer than `snap` is cut."""
    with open(path, "wb") as out:
        out.write(struct.pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snap, link_type))
        for i, data in enumerate(packets):
            head = (START_S, i * 1_000_000, min(len(data), snap), len(data))
            out.write(struct.pack(order + "IIII", *head) + data[:snap])


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(path: str, interfaces: list[tuple[int, int, int]], packets: list[tuple[int, bytes]], order: str = "<",
           drops: int = 0) -> None:
    """`interfaces`: (link type, snap length, resolution as if_tsresol has it); `packets`: (interface, data)."""
    with open(path, "wb") as out:
        out.write(block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order))
        for link_type, snap, resolution in interfaces:
            option = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)
            out.write(block(1, struct.pack(order + "HHI", link_type, 0, snap) + option, order))
        out.write(block(4, b"names that nobody reads ", order))
        for i, (interface, data) in enumerate(packets):
            snap, resolution = interfaces[interface][1:]
            units = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
            stamp = START_S * units + i * units // 1000
            kept = data[: snap or None]
            head = struct.pack(order + "IIIII", interface, stamp >> 32, stamp & 0xFFFFFFFF, len(kept), len(data))
            out.write(block(6, head + kept + b"\0" * (-len(kept) % 4), order))
        if drops:
            option = struct.pack(order + "HHQHH", 5, 8, drops, 0, 0)
            out.write(block(5, struct.pack(order + "III", 0, 0, 0) + option, order))


def arista(i: int, timescale: int, form: int) -> bytes:
    seconds = START_S + (0 if timescale else 37)  # TAI is ahead
    stamp = struct.pack(">II", seconds, 7 + i) if form == 0x10 else struct.pack(">HI", seconds & 0xFFFF, 7 + i)
    return b"\xd2\x8b" + struct.pack(">HBB", 1, timescale, form) + stamp


def metawatch(i: int) -> bytes:
    return struct.pack(">I", 0xDEADBEEF) + struct.pack(">IIBHB", START_S, 7 + i, 1, 256, 7)


def exablaze(i: int) -> bytes:
    fraction = ((7 + i) * 2**40 + 999_999_999) // 1_000_000_000
    return struct.pack(">IBBI", 0xDEADBEEF, 1, 2, START_S) + fraction.to_bytes(5, "big") + b"\0"


def captures(path: PathOf) -> None:
    """Calls path(name) for each capture."""
    pcap(path("plain.pcap"), frames())
    pcap(path("snap_length.pcap"), frames(), snap=80)
    for kind, tags in (("9100", "9100000a81000014"), ("9200", "9200000a81000014"), ("four", "81000001810000028100000381000014")):
        pcap(path(f"tags_{kind}.pcap"), [frame(ipv4(p), bytes.fromhex(tags)) for p in orders()])
    for name, timescale, form in (("tai_64", 0, 0x10), ("utc_48", 1, 0x20)):
        pcap(path(f"arista_{name}.pcap"), [frame(ipv4(p), arista(i, timescale, form)) for i, p in enumerate(orders())])
    pcap(path("metawatch.pcap"), [f + metawatch(i) for i, f in enumerate(frames())])
    pcap(path("exablaze.pcap"), [f + exablaze(i) + b"\1\2\3\4" for i, f in enumerate(frames())])
    pcap(path("null.pcap"), [struct.pack("<I", 2) + ipv4(p) for p in orders()], NULL)
    pcap(path("null_big.pcap"), [struct.pack(">I", 2) + ipv4(p) for p in orders()], NULL, order=">")
    pcap(path("loop.pcap"), [struct.pack(">I", 2) + ipv4(p) for p in orders()], LOOP)
    vxlan = struct.pack(">II", 0x08000000, 5 << 8)
    pcap(path("vxlan.pcap"), [frame(ipv4(vxlan + f, "10.9.9.9", 4789)) for f in frames()])
    erspan2 = struct.pack(">HHI", 0x1000, 0x88BE, 1) + struct.pack(">II", 0x10000001, 0)
    erspan3 = struct.pack(">HHI", 0x1000, 0x22EB, 1) + struct.pack(">III", 0x20000001, 0, 1) + b"platform"
    for name, head in (("erspan_2", erspan2), ("erspan_3", erspan3)):
        pcap(path(f"{name}.pcap"), [frame(ipv4(head + f, "10.9.9.9", protocol=47)) for f in frames()])
    pcap(path("unicast.pcap"), frames(destination="10.20.30.40", port=26477))
    o = orders()
    pcap(path("superpacket.pcap"), [frame(ipv4(b"".join(o[:3]))), frame(ipv4(b"".join(o[3:])))])
    vlans = [(b"\x81\0\0\x8d", b"FIELD00001"), (b"\x81\0\0\x8e", b"OTHER00002")]
    pcap(path("two_vlans.pcap"), [frame(ipv4(orders(session)[i]), tag) for i in range(6) for tag, session in vlans])
    pcap(path("foreign.pcap"), frames()[:5] + [frame(ipv4(b"what another program sends there"))] + frames()[5:])
    pcap(path("heartbeat_with_body.pcap"), frames() + [frame(ipv4(mold(7, [], count=0) + b"\0" * 8))])
    pcap(path("end_of_session_0.pcap"), frames() + [frame(ipv4(mold(0, [], count=0xFFFF)))] * 3)
    halt = b"H" + struct.pack(">HH6s8s", 7, 0, b"\0" * 6, b"HALTED  ") + b"T     "
    maker = b"L" + struct.pack(">HH6s4s8s", 8, 0, b"\0" * 6, b"MPID", b"MAKER   ") + b"YNA"
    unknown = b"E" + struct.pack(">HH6sQIQ", 7, 0, b"\0" * 6, 9, 1, 1)
    pcap(path("named_by_others.pcap"), [frame(ipv4(mold(1, [halt, maker, unknown])))])
    two = [(ETHERNET, 65535, 9), (ETHERNET, 262144, 6)]
    pcapng(path("two_recorders.pcapng"), two, [(i % 2, f) for i, f in enumerate(frames())], drops=3)
    pcapng(path("two_recorders_big.pcapng"), two, [(i % 2, f) for i, f in enumerate(frames())], order=">")
    mixed = [(ETHERNET, 0, 9), (NULL, 65535, 0x9E), (WIRELESS, 65535, 6)]
    packets = [(0, f) if i % 2 else (1, struct.pack("<I", 2) + f[14:]) for i, f in enumerate(frames())]
    pcapng(path("three_link_types.pcapng"), mixed, packets + [(2, b"a beacon")])


def timed(path: str, packets: Timed) -> None:
    """`packets`: (milliseconds, datagram, its destination and source)."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, ETHERNET))
        for ms, data, options in sorted(packets, key=lambda packet: packet[0]):
            whole = frame(ipv4(data, **options))
            ns = round(ms * 1_000_000)
            out.write(struct.pack("<IIII", START_S + ns // 10**9, ns % 10**9, len(whole), len(whole)) + whole)


def feeds(path: PathOf) -> None:
    """Feeds of orders of which the book is complete, or a part is missing."""
    def one(i: int, session: bytes = b"FIELD00001") -> bytes:
        return mold(i, [add(i)], session)

    def heartbeat(i: int) -> bytes:
        return mold(i, [])

    many = [mold(1 + k * 60, [add(1 + k * 60 + i) for i in range(60)]) for k in range(100)]
    timed(path("jumbo_one_lost.pcap"), [(k, p, {}) for k, p in enumerate(many) if k != 10])
    line_b = {"destination": "239.1.1.2", "port": 30002}
    late: Timed = [(2 * i, one(i), {}) for i in range(1, 1001)]
    late += [(2 * i + 1200, one(i), line_b) for i in range(1, 1001)]
    timed(path("late_line_b.pcap"), late + [(2000 + 500 * k, heartbeat(1001), {}) for k in range(1, 10)])
    complete: Timed = [(i / 10, one(i), {}) for i in range(1, 1001)]
    complete += [(100 + 100 * k, heartbeat(1001), {}) for k in range(30)]
    timed(path("old_in_a_pause.pcap"), complete + [(150 + 100 * k, one(500 + k), {}) for k in range(17)])
    others = [(99.2 + 0.1 * k, one(5000 + k, b"ZZZZZZZZZZ"), {"source": "10.99.0.77"}) for k in range(2)]
    timed(path("two_foreign.pcap"), complete + others)
    timed(path("count_larger_than_body.pcap"), [(0, mold(1, [add(i) for i in range(1, 4)], count=10), {}), (1, one(11), {})])
    timed(path("far_apart.pcap"), [(k, one(1 + 2_000_000 * k), {}) for k in range(20)])


def itch(path: str, messages: list[bytes], end: bytes = b"", prefix: bytes = b"", lengths: bool = True) -> None:
    with open(path, "wb") as out:
        for message in messages:
            out.write(struct.pack(">H", len(prefix + message) if lengths else 0) + prefix + message)
        out.write(end)


def itch_files(path: PathOf) -> None:
    day = [b"S" + b"\0" * 10 + b"O"] + [add(i) for i in range(1, 7)]
    itch(path("day.itch"), day, end=b"\0\0")
    itch(path("padded.itch"), day, end=b"\0" * 512)
    with open(path("day.itch"), "rb") as one, open(path("two_days.itch"), "wb") as out:
        out.write(one.read() * 2)
    itch(path("no_lengths.itch"), day, lengths=False)
    itch(path("soupbintcp.itch"), day, prefix=b"S")
    itch(path("longer.itch"), day[:1] + [add(i, tail=b"xy") for i in range(1, 7)])


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for make in (captures, feeds, itch_files):
        make(lambda name: os.path.join(sys.argv[1], name))


main()
