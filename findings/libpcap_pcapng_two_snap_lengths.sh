#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tcpdump 4.99.3 with libpcap 1.10.3 (Debian 12).
# One would guess: a valid pcapng file that tcpdump opens is read to its end; a snap length only says
# how much of each frame was kept, and an interface that carried nothing cannot matter.
# What happens: libpcap has one snap length and one link type per file. An interface that differs from
# the first in either ends the reading, even if no frame uses it. The file opens without complaint,
# so the error comes from the first read: no frame is shown although all of them are intact. Different
# time stamp units are no problem.
# Seen: "pcap_loop: an interface has a snapshot length 96 different from the snapshot length of the
# first interface", and "an interface has a type 113 different from the type of the first interface".
# Source: https://github.com/the-tcpdump-group/libpcap/issues/1078 (a limit of the interface).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(tcpdump=4.99.3-1 libpcap0.8=1.10.3-1)
libraries=(libdbus-1-3 libssl3)
unpack

python3 - <<'PY'
from wire import interface, packet, section

frame = bytes.fromhex("01005e000001 020000000001 88b5") + bytes(46)
second = 10**6
files = {
    "units": interface(1, 80) + interface(1, 80, 9) + packet(0, second, frame) + packet(1, 10**9, frame),
    "snap": interface(1, 80) + interface(1, 96) + packet(0, second, frame),
    "link": interface(1, 80) + interface(113, 80) + packet(0, second, frame),
}
for name, blocks in files.items():
    with open(name + ".pcapng", "wb") as out:
        out.write(section + blocks)
PY

units=$(run tcpdump -Z "$(id -un)" -ttnq -r units.pcapng) || changed "two time units are refused now"
snap=$(run tcpdump -Z "$(id -un)" -ttnq -r snap.pcapng) && changed "two snap lengths are read now"
link=$(run tcpdump -Z "$(id -un)" -ttnq -r link.pcapng) && changed "two link types are read now"
printf '%s\n\n' "$units" "$snap" "$link"
[[ $(grep -c '0x88b5' <<<"$units") == 2 ]] || changed "the file with two time units shows other frames"
for out in "$snap" "$link"; do
    grep -q 'reading from file' <<<"$out" || changed "the file is now refused when it is opened"
    ! grep -q '0x88b5' <<<"$out" || changed "the first frame is shown now"
done
grep -q 'a snapshot length 96 different' <<<"$snap" || changed "another error for two snap lengths"
grep -q 'a type 113 different' <<<"$link" || changed "another error for two link types"
