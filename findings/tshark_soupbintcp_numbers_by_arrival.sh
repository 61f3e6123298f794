#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: SoupBinTCP messages carry no number, so they are counted in the order of the TCP
# stream; tshark puts a stream in order, so its count is right even if two segments swap places.
# What happens: by default it counts in the order of the capture. The segment that came early is counted at
# once and gets the number of the one that it overtook; that one, when it comes, is not read as SoupBinTCP
# at all. All later numbers are one too low. "-o tcp.reassemble_out_of_order:TRUE" gives the right ones.
# Seen for four messages, numbered from 7, captured as one, three, two, four: 7 one, 8 three,
# 9 four; with the option 7 one, 8 two, 9 three, 10 four.
# Source: https://www.wireshark.org/docs/wsug_html_chunked/ChAdvReassemblySection.html (off by default).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
from wire import frames, login, pcap, soup, tcp

login(7)
for text in (b"one", b"two", b"three", b"four"):
    tcp("server", soup(b"S", text))
frames[-3], frames[-2] = frames[-2], frames[-3]
pcap("soup.pcap", frames)
PY

# numbers OPTIONS...: the messages as "number text".
numbers() {
    run tshark -r soup.pcap -d 'tcp.port==15000,soupbintcp' "$@" -V -O soupbintcp >tree
    local number='' key value
    while IFS=: read -r key value; do
        case $key in
        *'Sequence number') number=${value//[^0-9]/} ;;
        *'    Message') printf '%s %s, ' "$number" "$(python3 -c \
            'import sys; print(bytes.fromhex(sys.argv[1]).decode())' "$value")" ;;
        esac
    done <tree
}
default=$(numbers)
ordered=$(numbers -o tcp.reassemble_out_of_order:TRUE)
printf 'default: %s\nreassemble_out_of_order: %s\n' "$default" "$ordered"
[[ $default == "7 one, 8 three, 9 four, " ]] || changed "the default counts differently now"
[[ $ordered == "7 one, 8 two, 9 three, 10 four, " ]] || changed "the option counts differently now"
