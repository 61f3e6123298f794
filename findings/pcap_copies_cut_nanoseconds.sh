#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tcpdump 4.99.3 with libpcap 1.10.3; editcap and mergecap of Wireshark 4.0.17 (Debian 12).
# One would guess: a copy of a pcap file with nanosecond times, made by "tcpdump -r IN -w OUT" (say with
# a filter) or by "editcap -F pcap" or "mergecap -F pcap", is a pcap file with nanosecond times.
# What happens: all three write microseconds, truncated and not rounded, and say nothing. tcpdump needs
# "--time-stamp-precision=nano" even though the input declares its unit; for the other two "pcap" means
# microseconds, and nanoseconds are a format of their own, "nsecpcap".
# Seen: .123456789 becomes .123456000; with the option or the other format it stays.
# Source: https://www.tcpdump.org/manpages/tcpdump.1.html (time-stamp-precision);
# https://github.com/the-tcpdump-group/tcpslice/issues/37 (micro is libpcap's default).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(tcpdump=4.99.3-1 libpcap0.8=1.10.3-1 wireshark-common=4.0.17-0+deb12u3
    libwiretap13=4.0.17-0+deb12u3 libwsutil14=4.0.17-0+deb12u3)
libraries=(libdbus-1-3 libssl3 libglib2.0-0)
unpack

python3 - <<'PY'
import struct

frame = bytes.fromhex("01005e000001 020000000001 88b5") + bytes(46)
with open("in.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
    out.write(struct.pack("<IIII", 1700000000, 123456789, len(frame), len(frame)) + frame)
PY

run tcpdump -Z "$(id -un)" -r in.pcap -w tcpdump.pcap
run tcpdump -Z "$(id -un)" --time-stamp-precision=nano -r in.pcap -w tcpdump-nano.pcap
run editcap -F pcap in.pcap editcap.pcap
run editcap -F nsecpcap in.pcap editcap-nano.pcap
run mergecap -F pcap -w mergecap.pcap in.pcap in.pcap
run mergecap -F nsecpcap -w mergecap-nano.pcap in.pcap in.pcap
for name in tcpdump editcap mergecap; do
    short=$(python3 -c 'import sys, struct
for name in sys.argv[1:]:
    data = open(name, "rb").read()
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    print(struct.unpack_from("<I", data, 28)[0] * unit)' $name.pcap $name-nano.pcap | paste -sd' ')
    printf '%s: nanoseconds of the first frame, default and asked for: %s\n' $name "$short"
    [[ $short == "123456000 123456789" ]] || changed "$name copies the time differently now"
done
