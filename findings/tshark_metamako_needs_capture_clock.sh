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
