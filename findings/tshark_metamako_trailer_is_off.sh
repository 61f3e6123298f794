#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: Wireshark has a dissector for the trailer of Metamako (now Arista MetaWatch) taps, so
# a frame with such a trailer shows its time stamp.
# What happens: this is one of two trailer dissectors that are off by default (the other is for
# Exablaze). Without "--enable-heuristic metamako_eth" the first 12 bytes are a row of hex, and the last
# 4 (flags, device, port) are shown as the frame's FCS, if the capture has no new FCS after them.
# Seen: "Trailer: ...6553f1002114a12f", "Frame check sequence: 0x01123407"; with the option "Metamako
# ethernet trailer, Timestamp: 22:13:20.555000111, Source Device: 4660, Source Port: 7".
# Source: https://seclists.org/tcpdump/2018/q3/att-74/MetamakoTrailer.txt (the format);
# "tshark -G heuristic-decodes" (T: on, F: off).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(tshark=4.0.17-0+deb12u3 libwireshark16=4.0.17-0+deb12u3 libwiretap13=4.0.17-0+deb12u3
    libwsutil14=4.0.17-0+deb12u3 libpcap0.8=1.10.3-1)
libraries=(libbrotli1 libc-ares2 libcom-err2 libdbus-1-3 libglib2.0-0 libicu72 libk5crypto3
    libkeyutils1 libkrb5-3 libkrb5support0 liblua5.2-0 libnghttp2-14 libsmi2ldbl libsnappy1v5
    libxml2)
unpack

python3 - <<'PY'
import struct
import zlib

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

# An Ethernet frame as such a tap forwards it: the frame, its FCS, 12 bytes, a new FCS.
# The 12 bytes: seconds, nanoseconds, flags (1: the first FCS was right), device, port.
frame = udp(b"x" * 40)
frame += struct.pack("<I", zlib.crc32(frame))
frame += struct.pack(">IIBHB", 1700000000, 555000111, 1, 0x1234, 7)

pcap("tap.pcap", [frame])
PY

list=$(run tshark -G heuristic-decodes) || changed "tshark -G heuristic-decodes fails"
list=$(grep -P '^eth\.trailer\t' <<<"$list")
default=$(run tshark -r tap.pcap -V)
enabled=$(run tshark -r tap.pcap -V --enable-heuristic metamako_eth)
printf '%s\n' "$list"
grep -E 'Trailer:|Frame check sequence|Metamako' <<<"$default" || true
grep -A 9 'Metamako ethernet trailer' <<<"$enabled" || true
[[ $(grep -cP '\tF$' <<<"$list") == 2 ]] || changed "other dissectors for trailers are off now"
grep -qP '\tmetamako\tF$' <<<"$list" || changed "the dissector is on by default now"
! grep -q 'Metamako' <<<"$default" || changed "the trailer is decoded by default now"
grep -q 'Trailer: [0-9a-f]*6553f1002114a12f$' <<<"$default" || changed "the trailer is not plain hex now"
grep -q 'Frame check sequence: 0x01123407' <<<"$default" || changed "the last 4 bytes are no FCS now"
grep -q 'Timestamp: 22:13:20.555000111, Source Device: 4660, Source Port: 7' <<<"$enabled" ||
    changed "the dissector does not decode the trailer when it is on"
