#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: dpkt 1.9.8 and scapy 2.5.0 (Debian 12).
# One would guess: each reads a pcapng file whose interfaces have different time units (a recording in
# microseconds and one in nanoseconds, joined by mergecap or simply by cat), since a packet names its interface.
# What happens: dpkt applies the first interface's unit to every packet. scapy looks interfaces up by number
# but does not begin again in a new section, so in two recordings joined by cat the second has the first one's
# unit. Nanoseconds taken for microseconds: the year is 55840. dpkt also ends without an error where a section
# with the other byte order begins, and scapy ignores if_tsoffset, which dpkt adds.
# Seen: for 1700000000.000002 in nanoseconds after a packet in microseconds, dpkt gives 1700000000000.002 in
# both files; scapy is right for two interfaces and gives Decimal('1700000000000.002') for two sections.
# Of two packets in two byte orders dpkt gives one. With if_tsoffset 1700000000 scapy's time is 0.5.
# Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html (if_tsresol, if_tsoffset;
# interface numbers are local to a section).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(python3-dpkt=1.9.8-1 python3-scapy=2.5.0+dfsg-2)
libraries=()
unpack

python3 - <<'PY'
import struct

from wire import block, interface, mold, packet, section

second = 1700000000
frame = mold(1, 0)
micro = packet(0, second * 10**6 + 1, frame)
big = struct.pack(">III", 0x0A0D0D0A, 28, 0x1A2B3C4D) + struct.pack(">HHqI", 1, 0, -1, 28)
big += struct.pack(">IIHHII", 1, 20, 1, 0, 0, 20)
ticks, size, fill = second * 10**6 + 2, len(frame), bytes(-len(frame) % 4)
whole = 32 + size + len(fill)
big += struct.pack(">IIIIIII", 6, whole, 0, ticks >> 32, ticks % 2**32, size, size)
big += frame + fill + struct.pack(">I", whole)
offset = block(1, struct.pack("<HHIHHqHH", 1, 0, 0, 14, 8, second, 0, 0))
files = {
    "interfaces": interface(1, 0) + interface(1, 0, 9) + micro + packet(1, second * 10**9 + 2000, frame),
    "sections": interface(1, 0) + micro + section + interface(1, 0, 9) + packet(0, second * 10**9 + 2000, frame),
    "orders": interface(1, 0) + micro + big,
    "offset": offset + packet(0, 500000, frame),
}
for name, blocks in files.items():
    with open(name + ".pcapng", "wb") as out:
        out.write(section + blocks)
PY
times() { # READER FILE: the times that it gives
    PYTHONPATH=$tmp/root/usr/lib/python3/dist-packages HOME=$tmp python3 - "$@" <<'PY'
import sys

reader, name = sys.argv[1:]
if reader == "dpkt":
    import dpkt
    with open(name, "rb") as file:
        print(*(f"{float(time):.6f}" for time, _ in dpkt.pcapng.Reader(file)))
else:
    from scapy.utils import rdpcap
    print(*(f"{float(p.time):.6f}" for p in rdpcap(name)))
PY
}
expect() { # READER FILE TIMES
    local got
    got=$(times "$1" "$2.pcapng") || changed "$1 refuses $2.pcapng"
    printf '%-6s %-12s %s\n' "$1" "$2" "$got"
    [[ $got == "$3" ]] || changed "$1 used to give $3 for $2.pcapng"
}
expect dpkt interfaces "1700000000.000001 1700000000000.001953"
expect scapy interfaces "1700000000.000001 1700000000.000002"
expect dpkt sections "1700000000.000001 1700000000000.001953"
expect scapy sections "1700000000.000001 1700000000000.001953"
expect dpkt orders "1700000000.000001"
expect scapy orders "1700000000.000001 1700000000.000002"
expect dpkt offset "1700000000.500000"
expect scapy offset "0.500000"
