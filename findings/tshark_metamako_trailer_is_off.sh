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

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
import struct
import zlib

from wire import pcap, udp

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
