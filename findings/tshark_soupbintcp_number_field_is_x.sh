#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: "-T fields -e soupbintcp.seq_num" gives the sequence numbers that "-V" shows, and a
# filter on that field selects a message by its number.
# What happens: each of the three number fields (seq_num, next_seq_num, req_seq_num) is a string with
# the letter X as its value; the number appears only in the text of the tree. Fields, JSON and filters
# all see X: a filter for 8 finds nothing, one for "X" finds every message.
# Seen: "Sequence number: 7 (Calculated)" in the tree, "X" as the field.
# Source: https://www.wireshark.org/docs/dfref/s/soupbintcp.html (all three: character string).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
from wire import frames, login, pcap, soup, tcp

login(7)
for text in (b"first", b"second"):
    tcp("server", soup(b"S", text))
pcap("soup.pcap", frames)
PY

soup=(-r soup.pcap -d 'tcp.port==15000,soupbintcp')
tree=$(run tshark "${soup[@]}" -V -O soupbintcp)
names=(-e soupbintcp.req_seq_num -e soupbintcp.next_seq_num -e soupbintcp.seq_num)
fields=$(run tshark "${soup[@]}" -Y soupbintcp -T fields -E separator=, "${names[@]}")
by_number=$(run tshark "${soup[@]}" -Y 'soupbintcp.seq_num == "8"' -T fields -e frame.number)
by_letter=$(run tshark "${soup[@]}" -Y 'soupbintcp.seq_num == "X"' -T fields -e frame.number)
grep 'equence number:' <<<"$tree" || true
printf '%s\n' "$fields" "$by_number" "$by_letter"
for text in 'Requested sequence number: 7' 'Next sequence number: 7' 'Sequence number: 8 (Calculated)'; do
    grep -qF "$text" <<<"$tree" || changed "not in the tree: $text"
done
for line in 'X,,' ',X,' ',,X'; do
    grep -qx "$line" <<<"$fields" || changed "the fields hold something other than X now"
done
! grep -qx '[0-9]*' <<<"$by_number" || changed "the filter for the number finds a message now"
[[ $(grep -cx '[0-9]*' <<<"$by_letter") == 2 ]] || changed "the filter for the letter X finds less now"
