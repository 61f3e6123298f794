#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: capinfos of Wireshark 4.0.17 (Debian 12).
# One would guess: "Packet size limit" gives the snap length that the file declares, here 80.
# What happens: it does for pcap. For pcapng it says "(not set)", even with a single interface, although
# the same report names 80 as that interface's capture length. A script that reads this line, or
# "capinfos -l", concludes that nothing limited the capture. A second line, "inferred", is there only if
# some frame was cut, and gives the lengths found and not the declared one.
# Seen: "file hdr: 80 bytes" for pcap; "file hdr: (not set)" and "inferred: 64 bytes" for pcapng.
# Source: https://www.wireshark.org/docs/man-pages/capinfos.html (option -l).
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'echo "CHANGED: a step failed that used to work"' ERR
cd "$tmp"

skip() { printf 'SKIP: %s\n' "$1"; exit 77; }
changed() { printf 'CHANGED: %s\n' "$1"; exit 1; }
# run NAME ARGS...: prints the command, then runs the unpacked program with its unpacked libraries.
run() {
    printf '$ %s\n' "$*"
    HOME=$tmp LC_ALL=C TZ=UTC LD_LIBRARY_PATH=$libs "$tmp/root/usr/bin/$1" "${@:2}" 2>&1
}

# The software under test in its exact version; the libraries that it links to as Debian 12 has them.
pinned=(wireshark-common=4.0.17-0+deb12u3 libwiretap13=4.0.17-0+deb12u3
    libwsutil14=4.0.17-0+deb12u3)
libraries=(libglib2.0-0)
command -v python3 >/dev/null || skip "python3 is needed to make the input"
apt-get download -o APT::Sandbox::User=root "${pinned[@]}" "${libraries[@]}" >apt.log 2>&1 ||
    skip "not on the Debian mirror any more: ${pinned[*]}"
for deb in ./*.deb; do
    dpkg -x "$deb" root
done
libs=$(find "$tmp/root" -type d -name '*-linux-gnu' | paste -sd:)

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
