#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: a sequence number has 20 digits in SoupBinTCP's login packets, so the dissector
# counts on from any of them.
# What happens: a number above 2^31 - 1 is shown as 2147483647 and reported as malformed, "an invalid
# string". Up to 2^32 - 1 the messages after it are still numbered correctly. Above that, the first message
# is 4294967295 and the second 0, so every number shown after such a login is wrong. The texts of the two
# reports are also swapped: the Login Accepted, which gives the next number, is called a "Request to begin
# (re)transmission".
# Seen: login accepted with 3000000000: a report, messages 3000000000 and 3000000001. With 5000000000: the
# same report, messages 4294967295 and 0.
# Source: SoupBinTCP 3.00, https://www.nasdaqtrader.com/content/technicalsupport/specifications/
# dataproducts/soupbintcp.pdf (Login Accepted: 20 ASCII digits, padded on the left).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
from wire import frames, login, pcap, soup, tcp

for number in (2147483647, 3000000000, 5000000000):
    frames.clear()
    login(number)
    tcp("server", soup(b"S", b"one"))
    tcp("server", soup(b"S", b"two"))
    pcap(f"{number}.pcap", frames)
PY

seen=()
for number in 2147483647 3000000000 5000000000; do
    out=$(run tshark -r $number.pcap -d 'tcp.port==15000,soupbintcp' -V -O soupbintcp)
    grep -E '^\$|equence number:|Expert Info' <<<"$out" || true
    reports=$(grep -c 'Expert Info.*Request to begin (re)transmission is an invalid string' <<<"$out") || true
    shown=$(sed -n 's/.*Sequence number: \([0-9]*\) (Calculated)/\1/p' <<<"$out" | paste -sd+)
    seen+=("$number:$shown:$reports")
done
printf 'next number, numbers of the messages, reports on the Login Accepted:\n'
printf '%s\n' "${seen[@]}"
[[ ${seen[0]} == 2147483647:2147483647+2147483648:0 ]] || changed "2^31 - 1 is read differently now"
[[ ${seen[1]} == 3000000000:3000000000+3000000001:1 ]] || changed "3000000000 is read differently now"
[[ ${seen[2]} == 5000000000:4294967295+0:1 ]] || changed "5000000000 is read differently now"
