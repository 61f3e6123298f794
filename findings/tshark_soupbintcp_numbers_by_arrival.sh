#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: SoupBinTCP messages carry no number, so they are counted in the order of the TCP
# stream; tshark puts a stream in order, so its count is right even if two segments swap places.
# What happens: by default it counts in the order of the capture. The segment that came early is counted at
# once and gets the number of the one that it overtook; that one, when it comes, is not read as SoupBinTCP
# at all. All later numbers are one too low. "-o tcp.reassemble_out_of_order:TRUE" gives the right ones.
# Seen for four messages, numbered from 7, captured as one, three, two, four: 7 one, 8 three,
# 9 four; with the option 7 one, 8 two, 9 three, 10 four.
# Source: https://www.wireshark.org/docs/wsug_html_chunked/ChAdvReassemblySection.html (off by default).
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
for text in (b"one", b"two", b"three", b"four"):
    tcp("server", soup(b"S", text))
frames[-3], frames[-2] = frames[-2], frames[-3]
pcap("soup.pcap", frames)
PY

# numbers OPTIONS...: the messages as "number text".
numbers() {
    run tshark -r soup.pcap -d 'tcp.port==15000,soupbintcp' "$@" -V -O soupbintcp >tree
    local number='' key value
    while IFS=: read -r key value; do
        case $key in
        *'Sequence number') number=${value//[^0-9]/} ;;
        *'    Message') printf '%s %s, ' "$number" "$(python3 -c \
            'import sys; print(bytes.fromhex(sys.argv[1]).decode())' "$value")" ;;
        esac
    done <tree
}
default=$(numbers)
ordered=$(numbers -o tcp.reassemble_out_of_order:TRUE)
printf 'default: %s\nreassemble_out_of_order: %s\n' "$default" "$ordered"
[[ $default == "7 one, 8 three, 9 four, " ]] || changed "the default counts differently now"
[[ $ordered == "7 one, 8 two, 9 three, 10 four, " ]] || changed "the option counts differently now"
