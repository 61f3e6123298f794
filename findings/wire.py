# SPDX-License-Identifier: MIT
"""What the findings write: frames, SoupBinTCP conversations, capture files. Only Python's own modules are used."""
import struct


# A classic capture file, microseconds, link type Ethernet; all frames have one time.
def pcap(name: str, frames: list[bytes], seconds: int = 1700000000, snap: int = 65535) -> None:
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 1))
        for frame in frames:
            out.write(struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame)


def checksum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - (total & 0xFFFF) - (total >> 16)


# An Ethernet frame to 233.54.12.111:26400.
def udp(payload: bytes) -> bytes:
    head = [0x45, 0, 28 + len(payload), 0, 0, 16, 17, 0, bytes([10, 0, 0, 1]), bytes([233, 54, 12, 111])]
    head[7] = checksum(struct.pack(">BBHHHBBH4s4s", *head))
    ethernet = bytes.fromhex("01005e360c6f 020000000001 0800")
    ip = struct.pack(">BBHHHBBH4s4s", *head)
    return ethernet + ip + struct.pack(">HHHH", 40000, 26400, 8 + len(payload), 0) + payload


# A MoldUDP64 packet in such a frame.
def mold(sequence: int, count: int, *messages: bytes) -> bytes:
    blocks = b"".join(struct.pack(">H", len(m)) + m for m in messages)
    return udp(b"SESSION001" + struct.pack(">QH", sequence, count) + blocks)


# One TCP connection between a server on port 15000 and a client: tcp() puts each segment into `frames`.
sent = {"server": 1000, "client": 2000}
frames: list[bytes] = []


def tcp(side: str, payload: bytes = b"", flags: int = 0x18) -> None:
    other = "client" if side == "server" else "server"
    ports = (15000, 40000) if side == "server" else (40000, 15000)
    hosts = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    source, target = hosts if side == "server" else hosts[::-1]
    head = [0x45, 0, 40 + len(payload), 0, 0, 16, 6, 0, source, target]
    head[7] = checksum(struct.pack(">BBHHHBBH4s4s", *head))
    part = [*ports, sent[side], sent[other], 0x50, flags, 8192, 0, 0]
    pseudo = source + target + struct.pack(">HH", 6, 20 + len(payload))
    part[7] = checksum(pseudo + struct.pack(">HHIIBBHHH", *part) + payload)
    sent[side] += len(payload) + (flags >> 1 & 1)
    ip = struct.pack(">BBHHHBBH4s4s", *head)
    ethernet = bytes.fromhex("020000000002 020000000001 0800")
    frames.append(ethernet + ip + struct.pack(">HHIIBBHHH", *part) + payload)


def soup(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">H", len(body) + 1) + kind + body


def login(number: int) -> None:
    tcp("client", flags=2)
    tcp("server", flags=0x12)
    tcp("client", flags=0x10)
    tcp("client", soup(b"L", b"USER  PASSWORD  " + b" " * 10 + b"%20d" % number))
    tcp("server", soup(b"A", b"SESSION001" + b"%20d" % number))


# pcapng: a block, the section header, an interface (its snap length, 10^-power seconds a tick) and a packet in it.
def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link: int, snap: int, power: int = 6) -> bytes:
    return block(1, struct.pack("<HHIHHB3xHH", link, 0, snap, 9, 1, power, 0, 0))


def packet(number: int, ticks: int, data: bytes) -> bytes:
    size = len(data)
    return block(6, struct.pack("<IIIII", number, ticks >> 32, ticks % 2**32, size, size) + data)
