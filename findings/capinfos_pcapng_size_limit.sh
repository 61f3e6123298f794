#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: capinfos of Wireshark 4.0.17 (Debian 12).
# One would guess: "Packet size limit" gives the snap length that the file declares, here 80.
# What happens: it does for pcap. For pcapng it says "(not set)", even with a single interface, although
# the same report gives 80 as that interface's capture length. A script that reads this line, or
# "capinfos -l", concludes that nothing limited the capture. A second line, "inferred", appears only if
# some frame was cut, and gives the lengths found instead of the declared one.
# Seen: "file hdr: 80 bytes" for pcap; "file hdr: (not set)" and "inferred: 64 bytes" for pcapng.
# Source: https://www.wireshark.org/docs/man-pages/capinfos.html (option -l).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(wireshark-common=4.0.17-0+deb12u3 libwiretap13=4.0.17-0+deb12u3
    libwsutil14=4.0.17-0+deb12u3)
libraries=(libglib2.0-0)
unpack

python3 - <<'PY'
import struct

from wire import block, interface, packet, pcap, section

def cut(kept, length):
    return block(6, struct.pack("<IIIII", 0, 0, 10**6, kept, length) + bytes(kept))

frame = bytes.fromhex("01005e000001 020000000001 88b5") + bytes(46)
pcap("whole.pcap", [frame], snap=80)
for name, blocks in {"whole": b"", "cut": cut(64, 1000)}.items():
    with open(name + ".pcapng", "wb") as out:
        out.write(section + interface(1, 80) + packet(0, 10**6, frame) + blocks)
PY

pcap=$(run capinfos -l whole.pcap)
short=$(run capinfos -l whole.pcapng)
full=$(run capinfos whole.pcapng)
cut=$(run capinfos -l cut.pcapng)
printf '%s\n\n' "$pcap" "$short" "$full" "$cut"
grep -q 'file hdr: 80 bytes' <<<"$pcap" || changed "the snap length of pcap is not given now"
grep -q 'file hdr: (not set)' <<<"$short" || changed "the size limit of pcapng is given now"
grep -q 'Capture length = 80' <<<"$full" || changed "the interface's capture length is not given now"
grep -q 'inferred: 64 bytes' <<<"$cut" || changed "the inferred limit is not the length found"
