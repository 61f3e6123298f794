#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: tshark 4.0.17 (Debian 12).
# One would guess: the dissector "Nasdaq TotalView-ITCH" reads the ITCH 5.0 that this feed has carried
# for years, or at least refuses what it does not know.
# What happens: it knows versions 2 and 3, whose numbers are ASCII digits; it takes every message that does
# not begin with a digit for version 3. Given ITCH 5.0 in MoldUDP64 (which must be selected by "-d"), it
# accepts the messages and shows wrong values: order reference 0, no side, 0 shares, price 0, and the last
# bytes of the order reference as the stock. Nothing is marked as malformed.
# Seen for an Add Order, buy 100 AAPL at 150.00, reference 1234567: "Nasdaq TotalView-ITCH 3.0, Add
# Order", "Order Reference: 0", "Shares: 0", "Price: 0".
# Source: https://www.nasdaqtrader.com/content/technicalsupport/specifications/dataproducts/
# NQTVITCHSpecification.pdf (ITCH 5.0, Add Order without MPID).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${tshark_4_0_17[@]}")
libraries=("${tshark_libraries[@]}")
unpack

python3 - <<'PY'
import struct

from wire import mold, pcap

clock = (34200 * 10**9).to_bytes(6, "big")
order = struct.pack(">QcI8sI", 1234567, b"B", 100, b"AAPL    ", 1500000)
add = b"A" + struct.pack(">HH", 1, 0) + clock + order
pcap("itch.pcap", [mold(1, 1, add)])
PY

decode=(-d 'udp.port==26400,moldudp64' -d 'moldudp64.payload,nasdaq_itch')
out=$(run tshark -r itch.pcap "${decode[@]}" -V -O moldudp64,nasdaq_itch)
printf '%s\n' "$out"
grep -q 'Nasdaq TotalView-ITCH 3.0, Add Order' <<<"$out" || changed "the message is not taken for ITCH 3.0 now"
for value in 'Order Reference: 0' 'Shares: 0' 'Price: 0'; do
    grep -q "^ *$value\$" <<<"$out" || changed "no longer shown: $value"
done
! grep -q 'AAPL' <<<"$out" || changed "the stock is shown now"
! grep -q 'Malformed' <<<"$out" || changed "the message is marked as malformed now"
