#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: mergecap of Wireshark 4.0.17, tcpdump 4.99.3 with libpcap 1.10.3 (Debian 12).
# One would guess: two pcap files that tcpdump reads, both Ethernet, merge into one that it reads too.
# What happens: mergecap writes pcapng by default, with one interface for each input and the input's own
# snap length. Inputs with different snap lengths give a file that tcpdump cannot read one frame of.
# mergecap ends with 0 and says nothing. "-F pcap" gives a file that is read; its snap length is 262144.
# Seen: "an interface has a snapshot length 96 different from the snapshot length of the first
# interface" for the default, and both frames for "-F pcap".
# Source: https://github.com/the-tcpdump-group/libpcap/issues/1078 (a merge of captures is its example).
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
pinned=(tcpdump=4.99.3-1 libpcap0.8=1.10.3-1 wireshark-common=4.0.17-0+deb12u3
    libwiretap13=4.0.17-0+deb12u3 libwsutil14=4.0.17-0+deb12u3)
libraries=(libdbus-1-3 libssl3 libglib2.0-0)
command -v python3 >/dev/null || skip "python3 is needed to make the input"
apt-get download -o APT::Sandbox::User=root "${pinned[@]}" "${libraries[@]}" >apt.log 2>&1 ||
    skip "not on the Debian mirror any more: ${pinned[*]}"
for deb in ./*.deb; do
    dpkg -x "$deb" root
done
libs=$(find "$tmp/root" -type d -name '*-linux-gnu' | paste -sd:)

python3 - <<'PY'
import struct

def pcap(name, frames, seconds=1700000000, snap=65535):
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, 1))
        for frame in frames:
            out.write(struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame)

frame = bytes.fromhex("01005e000001 020000000001 88b5") + bytes(46)
pcap("a.pcap", [frame])
pcap("b.pcap", [frame], snap=96)
PY

for input in a b; do
    run tcpdump -Z "$(id -un)" -ttnq -r "$input.pcap" || changed "an input is not read"
done
run mergecap -w default.out a.pcap b.pcap || changed "mergecap refuses the two files now"
run mergecap -F pcap -w pcap.out a.pcap b.pcap || changed "mergecap -F pcap refuses the two files now"
default=$(run tcpdump -Z "$(id -un)" -ttnq -r default.out) && changed "the default output is read now"
pcap=$(run tcpdump -Z "$(id -un)" -ttnq -r pcap.out) || changed "the output of -F pcap is not read now"
printf '%s\n' "$default" "$pcap"
grep -q 'a snapshot length 96 different' <<<"$default" || changed "another error for the default output"
[[ $(grep -c '0x88b5' <<<"$pcap") == 2 ]] || changed "the output of -F pcap shows other frames"
grep -q 'snapshot length 262144' <<<"$pcap" || changed "-F pcap writes another snap length"
