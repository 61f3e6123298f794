#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: "-z io,stat,1" puts each frame into the second in which it came, and the rows add up to
# the number of frames.
# What happens: 1. A frame whose time is exactly a whole number of intervals after the first, and which is the
# latest, is in no row. 2. Time zero is the file's first frame. Frames that come later in the file with an
# earlier time (several receive queues, "mergecap -a") are all counted in the first row, however much earlier
# they are. Nothing says so. "-z io,stat,0", one row for all, counts every frame in both cases.
# Seen: 3 of 4 frames for the times 0, 1, 2, 3 s; 3 frames in row "0 <> 1" for 0, -0.5, -2.5, 1.2, 2.2, 3.2 s.
# Source: https://www.wireshark.org/docs/man-pages/tshark.html (-z io,stat).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
import struct

from wire import mold

frame = mold(1, 0)
for name, times in {"whole": [0, 1, 2, 3], "early": [0, -0.5, -2.5, 1.2, 2.2, 3.2]}.items():
    with open(name + ".pcap", "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for time in times:
            second, micro = divmod(1700000000 * 10**6 + round(time * 10**6), 10**6)
            out.write(struct.pack("<IIII", second, micro, len(frame), len(frame)) + frame)
PY

# The numbers in the column "Frames".
frames() { sed -nE 's/^\|.*<>[^|]*\| +([0-9]+) \|.*/\1/p' <<<"$1" | paste -sd+; }
whole=$(run tshark -qr whole.pcap -z io,stat,1)
early=$(run tshark -qr early.pcap -z io,stat,1)
whole_all=$(run tshark -qr whole.pcap -z io,stat,0)
early_all=$(run tshark -qr early.pcap -z io,stat,0)
printf '%s\n\n' "$whole" "$early" "$whole_all" "$early_all"
[[ $(frames "$whole_all") == 4 && $(frames "$early_all") == 6 ]] || changed "the single row has other counts"
[[ $(frames "$whole") == 1+1+1 ]] || changed "four frames a second apart: rows are $(frames "$whole") now"
[[ $(frames "$early") == 3+1+1+1 ]] || changed "with early frames: rows are $(frames "$early") now"
