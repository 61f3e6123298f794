#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: the dissector "Nasdaq TotalView-ITCH" reads the ITCH 5.0 that this feed has carried
# for years, or at least refuses what it does not know.
# What happens: it knows versions 2 and 3, whose numbers are ASCII digits; it takes every message that does
# not begin with a digit for version 3. Given ITCH 5.0 in MoldUDP64 (which must be selected by "-d"), it
# accepts the messages and shows wrong values: order reference 0, no side, 0 shares, price 0, and the last
# bytes of the order reference as the stock. Nothing is marked as malformed.
# Seen for an Add Order, buy 100 AAPL at 150.00, reference 1234567: "Nasdaq TotalView-ITCH 3.0, Add
# Order", "Order Reference: 0", "Shares: 0", "Price: 0".
# Source: https://www.nasdaqtrader.com/content/technicalsupport/specifications/dataproducts/
# NQTVITCHSpecification.pdf (ITCH 5.0, Add Order without MPID).
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

def mold(sequence, count, *messages):
    blocks = b"".join(struct.pack(">H", len(m)) + m for m in messages)
    return udp(b"SESSION001" + struct.pack(">QH", sequence, count) + blocks)

clock = (34200 * 10**9).to_bytes(6, "big")
order = struct.pack(">QcI8sI", 1234567, b"B", 100, b"AAPL    ", 1500000)
add = b"A" + struct.pack(">HH", 1, 0) + clock + order
pcap("itch.pcap", [mold(1, 1, add)])
PY

decode=(-d 'udp.port==26400,moldudp64' -d 'moldudp64.payload,nasdaq_itch')
out=$(run tshark -r itch.pcap "${decode[@]}" -V -O moldudp64,nasdaq_itch)
printf '%s\n' "$out"
grep -q 'Nasdaq TotalView-ITCH 3.0, Add Order' <<<"$out" || changed "the message is not taken for ITCH 3.0 now"
for value in 'Order Reference: 0' 'Shares: 0' 'Price: 0'; do
    grep -q "^ *$value\$" <<<"$out" || changed "no longer shown: $value"
done
! grep -q 'AAPL' <<<"$out" || changed "the stock is shown now"
! grep -q 'Malformed' <<<"$out" || changed "the message is marked as malformed now"
