#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: the filter "moldudp64.request" selects the requests for a retransmission, and nothing
# that a publisher sends.
# What happens: it also selects every End of Session packet (count 65535), whose details call the count
# "Number of Requested Messages", under a summary that rightly says "End Of Session". The dissector takes
# a packet with a count and no message for a request, and makes no exception for this one count. A
# publisher repeats that packet for some time, so a count of "requests" is wrong at the end of each day.
# Seen: of a heartbeat, a message, a request and an End of Session, the filter selects the last two.
# Source: MoldUDP64 specification 1.00, https://www.nasdaqtrader.com/content/technicalsupport/
# specifications/dataproducts/moldudp64.pdf (downstream packet, End of Session).
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

pcap("mold.pcap", [mold(1, 0), mold(1, 1, b"message"), mold(1, 5), mold(2, 0xFFFF)])
PY

mold=(-r mold.pcap -d 'udp.port==26400,moldudp64')
all=$(run tshark "${mold[@]}")
selected=$(run tshark "${mold[@]}" -Y moldudp64.request -T fields -e moldudp64.count -e _ws.expert.message)
printf '%s\n' "$all" "$selected"
grep -q 'MoldUDP64 End Of Session' <<<"$all" || changed "the summary does not name the End of Session"
grep -qP '^5\tNumber of Requested Messages' <<<"$selected" || changed "a request is not selected now"
grep -qP '^65535\tNumber of Requested Messages' <<<"$selected" ||
    changed "the End of Session is not taken for a request now"
