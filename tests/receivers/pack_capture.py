#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packs a length-prefixed ITCH file into a capture as the recorders of the field write them: an independent
packer, from the specifications alone, so that receivers are not tested against this project's own writers.

usage: pack_capture.py ITCH CAPTURE FORMAT [GROUP[/VLAN[/VLAN]]…]
FORMAT: nano, micro, big (nanoseconds, big-endian), pcapng, cooked (Linux cooked 2). Each GROUP is ADDRESS:PORT
and gets all messages, in its own session, from a sequence number of its own; VLANs are tags, the outer first."""
import struct
import sys
from collections.abc import Iterator

SESSION_AT = 1_000_000_000_007  # the first group's first sequence number: a session in progress
START_NS = 1_577_716_200_000_000_123  # 2019-12-30 14:30:00 UTC


def messages(path: str) -> Iterator[bytes]:
    data = open(path, "rb").read()
    at = 0
    while at + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, at)
        if length == 0:
            return
        yield data[at + 2 : at + 2 + length]
        at += 2 + length


def packets(path: str, session: bytes, sequence: int) -> Iterator[bytes]:
    """Downstream packets of 1, 2, 3, … 8, 1, … messages, and a heartbeat after every tenth."""
    pending: list[bytes] = []
    wanted, count = 1, 0

    def packet(batch: list[bytes]) -> bytes:
        body = b"".join(struct.pack(">H", len(m)) + m for m in batch)
        return session + struct.pack(">QH", sequence, len(batch)) + body

    for message in messages(path):
        pending.append(message)
        if len(pending) < wanted:
            continue
        yield packet(pending)
        sequence += len(pending)
        pending, wanted, count = [], wanted % 8 + 1, count + 1
        if count % 10 == 0:
            yield packet([])
    if pending:
        yield packet(pending)


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(">10H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(payload: bytes, address: str, port: int, vlans: list[int], cooked: bool) -> bytes:
    numbers = bytes(int(part) for part in address.split("."))
    udp = struct.pack(">HHHH", 51000, port, 8 + len(payload), 0) + payload
    fields = [0x45, 0, 20 + len(udp), 4711, 0, 16, 17, 0, bytes([206, 200, 1, 2]), numbers]
    fields[7] = checksum(struct.pack(">BBHHHBBH4s4s", *fields))
    rest = struct.pack(">BBHHHBBH4s4s", *fields) + udp
    kinds = [0x8100] * len(vlans)
    if len(vlans) > 1:
        kinds[0] = 0x88A8
    types = kinds + [0x0800]
    for i in reversed(range(len(vlans))):
        rest = struct.pack(">HH", 0x6000 | vlans[i], types[i + 1]) + rest  # with a priority
    if cooked:
        return struct.pack(">HHIHBB8s", types[0], 0, 3, 1, 2, 6, b"\x02RXLAB\0\0") + rest
    multicast = bytes([1, 0, 0x5E, numbers[1] & 0x7F, numbers[2], numbers[3]])
    whole = multicast + b"\x02RXLAB" + struct.pack(">H", types[0]) + rest
    return whole.ljust(60, b"\0")  # Ethernet's padding, which capturing hosts see


def write(path: str, kind: str, frames: list[tuple[int, bytes]]) -> None:
    with open(path, "wb") as out:
        if kind == "pcapng":
            out.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
            option = struct.pack("<HHB3xI", 9, 1, 9, 0)  # if_tsresol: nanoseconds
            out.write(struct.pack("<IIHHI", 1, 20 + len(option), 1, 0, 262144) + option)
            out.write(struct.pack("<I", 20 + len(option)))
            for time_ns, data in frames:
                pad = -len(data) % 4
                size = 32 + len(data) + pad
                head = struct.pack("<IIIIIII", 6, size, 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(data), len(data))
                out.write(head + data + b"\0" * pad + struct.pack("<I", size))
            return
        order = ">" if kind == "big" else "<"
        link_type = 276 if kind == "cooked" else 1
        magic, unit = (0xA1B2C3D4, 1000) if kind == "micro" else (0xA1B23C4D, 1)
        out.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link_type))
        for time_ns, data in frames:
            seconds, rest = divmod(time_ns, 10**9)
            out.write(struct.pack(order + "IIII", seconds, rest // unit, len(data), len(data)) + data)


def main() -> None:
    itch, path, kind, *groups = sys.argv[1:]
    frames = []
    for i, group in enumerate(groups or ["233.54.12.111:26477"]):
        endpoint, *vlans = group.split("/")
        address, port = endpoint.split(":")
        session = b"%010d" % (42 + i)
        for k, payload in enumerate(packets(itch, session, SESSION_AT >> (13 * i))):
            data = frame(payload, address, int(port), [int(v) for v in vlans], kind == "cooked")
            frames.append((START_NS + 6_371 * k + 257 * i, data))
    write(path, kind, sorted(frames, key=lambda entry: entry[0]))


main()
