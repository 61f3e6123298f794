#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tcpdump 4.99.3 (Debian 12).
# One would guess: tcpdump knows the time scale in an Arista time stamp header (EtherType 0xD28B): it
# prints "Timescale TAI" or "UTC". So it converts the date that it prints for TAI: 37 seconds less.
# What happens: it prints the seconds as if they were UTC in both cases. Two headers that differ only
# in the time scale stand for instants 37 seconds apart (since 2017), but show the same date.
# Seen: "Timescale TAI (0), ... Timestamp 2023-11-14 22:13:20.000000005" and "Timescale UTC (1), ...
# Timestamp 2023-11-14 22:13:20.000000005".
# Source: https://www.arista.com/assets/data/pdf/Whitepapers/Overview_Arista_Timestamps.pdf (the header).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(tcpdump=4.99.3-1 libpcap0.8=1.10.3-1)
libraries=(libdbus-1-3 libssl3)
unpack

python3 - <<'PY'
import struct

from wire import pcap, udp

frame = udp(b"x" * 40)
stamp = struct.pack(">II", 1700000000, 5)
heads = (struct.pack(">HHH", 0xD28B, 1, version) for version in (0x0010, 0x0110))
frames = [frame[:12] + head + stamp + frame[12:] for head in heads]
pcap("arista.pcap", frames)
PY

out=$(run tcpdump -Z "$(id -un)" -etn -r arista.pcap)
printf '%s\n' "$out"
for scale in TAI UTC; do
    line=$(grep "Timescale $scale" <<<"$out") || changed "no line for time scale $scale"
    grep -q 'Timestamp 2023-11-14 22:13:20.000000005' <<<"$line" || changed "another date for $scale"
done
