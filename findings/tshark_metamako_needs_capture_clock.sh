#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: once its dissector is on, a Metamako (MetaWatch) trailer is decoded from its bytes, and
# the time of the capturing host does not matter: the trailer is there to replace it.
# What happens: the dissector recognises a trailer only if its time is within 30 days of the time that
# the capture file gives the frame. In a file whose clock was off, or whose times were set to zero (as a
# generator or an anonymiser does), the same bytes are plain hex, without any notice.
# Seen: decoded with a capture time 29 days later, not with 31 days later, and not with time zero.
# Source: epan/dissectors/packet-metamako.c in https://github.com/wireshark/wireshark (the 30 days).
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

frame += struct.pack("<I", zlib.crc32(frame))
pcap("29.pcap", [frame], 1700000000 + 29 * 86400)
pcap("31.pcap", [frame], 1700000000 + 31 * 86400)
pcap("zero.pcap", [frame], 0)
PY

for file in 29 31 zero; do
    out=$(run tshark -r "$file.pcap" -V --enable-heuristic metamako_eth)
    grep -E '^\$|Arrival Time|Trailer:|Metamako ethernet trailer' <<<"$out" || true
    case $file in
    29) grep -q 'Metamako ethernet trailer' <<<"$out" || changed "not decoded with a 29 days later clock" ;;
    *) ! grep -q 'Metamako ethernet trailer' <<<"$out" || changed "decoded now with the clock of $file.pcap" ;;
    esac
done
