#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 and tcpdump 4.99.3 (Debian 12).
# One would guess: the correctionField of PTP is a signed number (a clock that compensates an asymmetric path
# makes it negative), so both tools show -1.5 ns as -1.5, and a filter for large corrections does not select it.
# What happens: tshark's tree shows -1.5, but its field "ptp.v2.correction.ns" is unsigned: it is
# 18446744073709551614 in "-T fields", and "ptp.v2.correction.ns > 1000000" selects the packet. (Nanoseconds
# are rounded down and the rest is a field of its own, so -1.5 is -2 and 0.5.) tcpdump prints a 48-bit unsigned
# number; it takes the log of the message interval as unsigned as well, so -3 (eight a second) is 253.
# Seen: "correctionField: -1.500000 nanoseconds" and "18446744073709551614 0.5"; "NS correction :
# 281474976710654, sub NS correction : 32768" and "log message interval : 253".
# Source: IEEE 1588-2008, 13.3.2.7 (correctionField, nanoseconds times 2^16) and 13.3.2.11 (logMessageInterval).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}" tcpdump=4.99.3-1)
libraries=("${tshark_libraries[@]}" libssl3)
unpack

python3 - <<'PY'
import struct

from wire import pcap

def sync(nanoseconds):
    head = struct.pack(">BBHBBHqI", 0, 2, 44, 0, 0, 0x0200, int(nanoseconds * 65536), 0)
    head += struct.pack(">QHHBb", 0x020000FFFE000001, 1, 7, 0, -3)
    return bytes.fromhex("011b19000000 020000000001 88f7") + head + struct.pack(">HII", 0, 1700000000, 5)

pcap("sync.pcap", [sync(1.5), sync(-1.5)])
PY

tree=$(run tshark -r sync.pcap -V)
fields=$(run tshark -r sync.pcap -T fields -E separator=/s -e frame.number -e ptp.v2.correction.ns \
    -e ptp.v2.correction.subns)
large=$(run tshark -r sync.pcap -Y 'ptp.v2.correction.ns > 1000000' -T fields -e frame.number)
line=$(run tcpdump -Z "$(id -un)" -nr sync.pcap)
grep -E '^\$|correctionField|logMessagePeriod' <<<"$tree"
printf '%s\n\n' "$fields" "$large" "$line"
grep -q 'correctionField: -1.500000 nanoseconds' <<<"$tree" || changed "tshark's tree shows another correction"
grep -qx '2 18446744073709551614 0.5' <<<"$fields" || changed "tshark's field is signed now"
grep -qx '1 1 0.5' <<<"$fields" || changed "tshark's field differs for the positive correction"
[[ $(tail -n 1 <<<"$large") == 2 ]] || changed "the filter does not select the negative correction now"
grep -q 'NS correction : 281474976710654, sub NS correction : 32768' <<<"$line" ||
    changed "tcpdump's correction is signed now"
grep -q 'log message interval : 253' <<<"$line" || changed "tcpdump's log message interval is signed now"
