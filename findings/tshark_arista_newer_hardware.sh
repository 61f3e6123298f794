#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17, beside tcpdump 4.99.3 (Debian 12).
# One would guess: tshark knows the Arista time stamp header (EtherType 0xD28B), so it reads the stamp and
# the packet after it in every frame that tcpdump reads, whichever hardware stamped it.
# What happens: the header's "version" is three fields: time scale, format, hardware generation. tshark
# compares it as one number and knows none for the R3 generation. Dissection of a frame from such a switch
# ends there with a warning: no time, and no IP or UDP either, although the layout is the same. A filter
# such as "udp" therefore drops all of them. tcpdump reads each field.
# Seen: version 0x0010: time and UDP in both. 0x0011 and 0x0111: "HwInfo R3 (1)", time and UDP in tcpdump;
# "Unknown timestamp version: 0x11" and "0x111", nothing more in tshark.
# Source: https://github.com/the-tcpdump-group/tcpdump/blob/master/print-arista.c (the three fields).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}" tcpdump=4.99.3-1)
libraries=("${tshark_libraries[@]}" libssl3)
unpack

python3 - <<'PY'
import struct

from wire import pcap, udp

frame = udp(b"x" * 40)
stamp = struct.pack(">II", 1700000000, 5)
heads = (struct.pack(">HHH", 0xD28B, 1, version) for version in (0x0010, 0x0011, 0x0111))
pcap("arista.pcap", [frame[:12] + head + stamp + frame[12:] for head in heads])
PY

dump=$(run tcpdump -Z "$(id -un)" -etn -r arista.pcap)
tree=$(run tshark -r arista.pcap -V -O avsp)
udp=$(run tshark -r arista.pcap -Y udp -T fields -e frame.number -e avsp.ver)
printf '%s
' "$dump" "$tree" "$udp"
[[ $(grep -c 'Timestamp 2023-11-14 22:13:20.000000005: .* UDP, length 40' <<<"$dump") == 3 ]] ||
    changed "tcpdump reads the three headers differently now"
[[ $(grep -c 'HwInfo R3 (1)' <<<"$dump") == 2 ]] || changed "tcpdump names the hardware differently now"
for version in 0x11 0x111; do
    grep -q "Unknown timestamp version: $version]" <<<"$tree" || changed "tshark knows version $version now"
done
[[ $(grep -P '^[0-9]+	' <<<"$udp" | cut -f1) == 1 ]] || changed "tshark finds UDP behind other headers now"
