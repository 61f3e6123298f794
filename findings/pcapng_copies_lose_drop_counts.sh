#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: editcap, mergecap, reordercap, capinfos and tshark of Wireshark 4.0.17 (Debian 12).
# One would guess: the number of frames that the recorder lost, which dumpcap writes at the end of a pcapng
# file (Interface Statistics Block), is in a complete copy of that file, and capinfos prints it.
# What happens: no copy has this block, whether "editcap IN OUT", "reordercap" or "tshark -w" made it, and
# mergecap leaves out the blocks of both its inputs. Nothing says so. capinfos gives only the number of such
# blocks, 1 in the original and 0 in the copies, and the count of lost frames for neither. A copy therefore looks
# like a recording without loss.
# Seen: "Number of stat entries = 1" for the recording, which says that 100 frames were dropped; "= 0" for
# each of the four copies, in which the block is missing.
# Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html (isb_ifdrop);
# https://www.wireshark.org/docs/man-pages/editcap.html.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}" wireshark-common=4.0.17-0+deb12u3)
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
import struct

from wire import block, interface, mold, packet, section

# 105 frames came, 100 of them were dropped.
counts = struct.pack("<HHQHHQHH", 4, 8, 105, 5, 8, 100, 0, 0)
second = 1700000000 * 10**6
for name, start in {"first": second, "second": second + 10**6}.items():
    frames = b"".join(packet(0, start + i, mold(i + 1, 0)) for i in range(5))
    statistics = block(5, struct.pack("<III", 0, start >> 32, start % 2**32) + counts)
    with open(name + ".pcapng", "wb") as out:
        out.write(section + interface(1, 262144) + frames + statistics)
PY
# The value of isb_ifdrop in each Interface Statistics Block of a file.
drops() {
    python3 - "$1" <<'PY'
import struct
import sys

data = open(sys.argv[1], "rb").read()
at = 0
while at < len(data):
    kind, size = struct.unpack_from("<II", data, at)
    if kind == 5:
        option = at + 20
        while (code := struct.unpack_from("<H", data, option)[0]) != 5:
            option += 4 + struct.unpack_from("<H", data, option + 2)[0]
        print(struct.unpack_from("<Q", data, option + 4)[0])
    at += size
PY
}

run editcap first.pcapng editcap.pcapng
run reordercap first.pcapng reordercap.pcapng
run tshark -r first.pcapng -w tshark.pcapng
run mergecap -w mergecap.pcapng first.pcapng second.pcapng
for file in first editcap reordercap tshark mergecap; do
    out=$(run capinfos "$file.pcapng")
    grep -E '^\$|Number of (stat entries|packets =)' <<<"$out"
    printf 'dropped frames in the file: %s\n\n' "$(drops "$file.pcapng")"
    ! grep -qi 'drop' <<<"$out" || changed "capinfos speaks of dropped frames now"
    if [[ $file == first ]]; then
        [[ $(drops first.pcapng) == 100 ]] || changed "the recording's own count is not read now"
        grep -q 'stat entries = 1' <<<"$out" || changed "capinfos does not count the block now"
    else
        [[ -z $(drops "$file.pcapng") ]] || changed "$file keeps the count of dropped frames now"
        grep -q 'stat entries = 0' <<<"$out" || changed "capinfos sees statistics in what $file wrote"
    fi
done
