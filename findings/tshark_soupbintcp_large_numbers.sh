#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: a sequence number has 20 digits in SoupBinTCP's login packets, so the dissector
# counts on from any of them.
# What happens: a number above 2^31 - 1 is shown as 2147483647 and reported as malformed, "an invalid
# string". Up to 2^32 - 1 the messages after it are still numbered correctly. Above that, the first message
# is 4294967295 and the second 0, so every number shown after such a login is wrong. The texts of the two
# reports are also swapped: the Login Accepted, which gives the next number, is called a "Request to begin
# (re)transmission".
# Seen: login accepted with 3000000000: a report, messages 3000000000 and 3000000001. With 5000000000: the
# same report, messages 4294967295 and 0.
# Source: SoupBinTCP 3.00, https://www.nasdaqtrader.com/content/technicalsupport/specifications/
# dataproducts/soupbintcp.pdf (Login Accepted: 20 ASCII digits, padded on the left).
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

sent = {"server": 1000, "client": 2000}
frames = []

def tcp(side, payload=b"", flags=0x18):
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

def soup(kind, body=b""):
    return struct.pack(">H", len(body) + 1) + kind + body

def login(number):
    tcp("client", flags=2)
    tcp("server", flags=0x12)
    tcp("client", flags=0x10)
    tcp("client", soup(b"L", b"USER  PASSWORD  " + b" " * 10 + b"%20d" % number))
    tcp("server", soup(b"A", b"SESSION001" + b"%20d" % number))

for number in (2147483647, 3000000000, 5000000000):
    frames.clear()
    login(number)
    tcp("server", soup(b"S", b"one"))
    tcp("server", soup(b"S", b"two"))
    pcap(f"{number}.pcap", frames)
PY

seen=()
for number in 2147483647 3000000000 5000000000; do
    out=$(run tshark -r $number.pcap -d 'tcp.port==15000,soupbintcp' -V -O soupbintcp)
    grep -E '^\$|equence number:|Expert Info' <<<"$out" || true
    reports=$(grep -c 'Expert Info.*Request to begin (re)transmission is an invalid string' <<<"$out") || true
    shown=$(sed -n 's/.*Sequence number: \([0-9]*\) (Calculated)/\1/p' <<<"$out" | paste -sd+)
    seen+=("$number:$shown:$reports")
done
printf 'next number, numbers of the messages, reports on the Login Accepted:\n'
printf '%s\n' "${seen[@]}"
[[ ${seen[0]} == 2147483647:2147483647+2147483648:0 ]] || changed "2^31 - 1 is read differently now"
[[ ${seen[1]} == 3000000000:3000000000+3000000001:1 ]] || changed "3000000000 is read differently now"
[[ ${seen[2]} == 5000000000:4294967295+0:1 ]] || changed "5000000000 is read differently now"
