#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tcpdump 4.99.3 (Debian 12).
# One would guess: tcpdump knows the time scale in an Arista time stamp header (EtherType 0xD28B): it
# prints "Timescale TAI" or "UTC". So it converts the date that it prints for TAI: 37 seconds less.
# What happens: it prints the seconds as if they were UTC in both cases. Two headers that differ only
# in the time scale stand for instants 37 seconds apart (since 2017), but show the same date.
# Seen: "Timescale TAI (0), ... Timestamp 2023-11-14 22:13:20.000000005" and "Timescale UTC (1), ...
# Timestamp 2023-11-14 22:13:20.000000005".
# Source: https://www.arista.com/assets/data/pdf/Whitepapers/Overview_Arista_Timestamps.pdf (the header).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(tcpdump=4.99.3-1 libpcap0.8=1.10.3-1)
libraries=(libdbus-1-3 libssl3)
unpack

python3 - <<'PY'
import struct

def pcap(name, frames, seconds=1700000000, snap=65535):
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 1))
        for frame in frames:
            out.write(struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame)

def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - (total & 0xFFFF) - (total >> 16)

def udp(payload):
    head = [0x45, 0, 28 + len(payload), 0, 0, 16, 17, 0, bytes([10, 0, 0, 1]), bytes([233, 54, 12, 111])]
    head[7] = checksum(struct.pack(">BBHHHBBH4s4s", *head))
    ethernet = bytes.fromhex("01005e360c6f 020000000001 0800")
    ip = struct.pack(">BBHHHBBH4s4s", *head)
    return ethernet + ip + struct.pack(">HHHH", 40000, 26400, 8 + len(payload), 0) + payload

frame = udp(b"x" * 40)
stamp = struct.pack(">II", 1700000000, 5)
heads = (struct.pack(">HHH", 0xD28B, 1, version) for version in (0x0010, 0x0110))
frames = [frame[:12] + head + stamp + frame[12:] for head in heads]
pcap("arista.pcap", frames)
PY

out=$(run tcpdump -Z "$(id -un)" -etn -r arista.pcap)
printf '%s\n' "$out"
for scale in TAI UTC; do
    line=$(grep "Timescale $scale" <<<"$out") || changed "no line for time scale $scale"
    grep -q 'Timestamp 2023-11-14 22:13:20.000000005' <<<"$line" || changed "another date for $scale"
done
