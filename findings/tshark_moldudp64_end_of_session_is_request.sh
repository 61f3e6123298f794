#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: the filter "moldudp64.request" selects the requests for a retransmission, and nothing
# that a publisher sends.
# What happens: it also selects every End of Session packet (count 65535), whose details call the count
# "Number of Requested Messages", under a summary that rightly says "End Of Session". The dissector takes
# a packet with a count and no message for a request, and makes no exception for this one count. A
# publisher repeats that packet for some time, so a count of "requests" is wrong at the end of each day.
# Seen: of a heartbeat, a message, a request and an End of Session, the filter selects the last two.
# Source: MoldUDP64 specification 1.00, https://www.nasdaqtrader.com/content/technicalsupport/
# specifications/dataproducts/moldudp64.pdf (downstream packet, End of Session).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
from wire import mold, pcap

pcap("mold.pcap", [mold(1, 0), mold(1, 1, b"message"), mold(1, 5), mold(2, 0xFFFF)])
PY

mold=(-r mold.pcap -d 'udp.port==26400,moldudp64')
all=$(run tshark "${mold[@]}")
selected=$(run tshark "${mold[@]}" -Y moldudp64.request -T fields -e moldudp64.count -e _ws.expert.message)
printf '%s\n' "$all" "$selected"
grep -q 'MoldUDP64 End Of Session' <<<"$all" || changed "the summary does not name the End of Session"
grep -qP '^5\tNumber of Requested Messages' <<<"$selected" || changed "a request is not selected now"
grep -qP '^65535\tNumber of Requested Messages' <<<"$selected" ||
    changed "the End of Session is not taken for a request now"
