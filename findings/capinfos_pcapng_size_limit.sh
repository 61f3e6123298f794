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

def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size

def interface(link, snap, power=6):
    return block(1, struct.pack("<HHIHHB3xHH", link, 0, snap, 9, 1, power, 0, 0))

def packet(number, ticks, data):
    size = len(data)
    return block(6, struct.pack("<IIIII", number, ticks >> 32, ticks % 2**32, size, size) + data)

section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))

def pcap(name, frames, seconds=1700000000, snap=65535):
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 1))
        for frame in frames:
            out.write(struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame)

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
