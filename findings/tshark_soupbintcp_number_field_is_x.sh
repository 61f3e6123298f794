#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: "-T fields -e soupbintcp.seq_num" gives the sequence numbers that "-V" shows, and a
# filter on that field selects a message by its number.
# What happens: each of the three number fields (seq_num, next_seq_num, req_seq_num) is a string with
# the letter X as its value; the number appears only in the text of the tree. Fields, JSON and filters
# all see X: a filter for 8 finds nothing, one for "X" finds every message.
# Seen: "Sequence number: 7 (Calculated)" in the tree, "X" as the field.
# Source: https://www.wireshark.org/docs/dfref/s/soupbintcp.html (all three: character string).
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

login(7)
for text in (b"first", b"second"):
    tcp("server", soup(b"S", text))
pcap("soup.pcap", frames)
PY

soup=(-r soup.pcap -d 'tcp.port==15000,soupbintcp')
tree=$(run tshark "${soup[@]}" -V -O soupbintcp)
names=(-e soupbintcp.req_seq_num -e soupbintcp.next_seq_num -e soupbintcp.seq_num)
fields=$(run tshark "${soup[@]}" -Y soupbintcp -T fields -E separator=, "${names[@]}")
by_number=$(run tshark "${soup[@]}" -Y 'soupbintcp.seq_num == "8"' -T fields -e frame.number)
by_letter=$(run tshark "${soup[@]}" -Y 'soupbintcp.seq_num == "X"' -T fields -e frame.number)
grep 'equence number:' <<<"$tree" || true
printf '%s\n' "$fields" "$by_number" "$by_letter"
for text in 'Requested sequence number: 7' 'Next sequence number: 7' 'Sequence number: 8 (Calculated)'; do
    grep -qF "$text" <<<"$tree" || changed "not in the tree: $text"
done
for line in 'X,,' ',X,' ',,X'; do
    grep -qx "$line" <<<"$fields" || changed "the fields hold something other than X now"
done
! grep -qx '[0-9]*' <<<"$by_number" || changed "the filter for the number finds a message now"
[[ $(grep -cx '[0-9]*' <<<"$by_letter") == 2 ]] || changed "the filter for the letter X finds less now"
