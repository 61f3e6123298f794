#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Another implementation reads what feedsim --write-pcap writes: tshark's MoldUDP64 dissector must
# find the sessions, sequence numbers and counts that were meant, and nothing malformed.
# Usage: tshark_test.sh FEEDSIM
set -eu
feedsim=$1
command -v tshark >/dev/null || { echo "tshark is not installed (apt-get install tshark)"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# dissect CAPTURE: a line of fields for each frame.
dissect() {
    tshark -r "$1" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE \
        -d udp.port==30001,moldudp64 -T fields \
        -e eth.dst -e ip.dst -e moldudp64.session -e moldudp64.sequence -e moldudp64.count \
        -e vlan.id 2>"$folder/tshark.err"
}

# expected VLAN: three packets of four messages and one of one on each of two feeds, then the ends.
expected() {
    vlan=$1
    for sequence in 50 54 58 62; do
        count=4
        [ "$sequence" -eq 62 ] && count=1
        for feed in 1 2; do
            printf '01:00:5e:01:01:0%d\t239.1.1.%d\tRXLAB0000%d\t%d\t%d\t%s\n' \
                "$feed" "$feed" "$feed" "$sequence" "$count" "$vlan"
        done
    done
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        for feed in 1 2; do
            printf '01:00:5e:01:01:0%d\t239.1.1.%d\tRXLAB0000%d\t63\t65535\t%s\n' \
                "$feed" "$feed" "$feed" "$vlan"
        done
    done
}

for vlan in "" 42; do
    "$feedsim" --write-pcap "$folder/feeds.pcap" --group 239.1.1.1:30001 --group 239.1.1.2:30001 \
        --messages 13 --messages-per-packet 4 --sequence 50 --rate 1000 ${vlan:+--vlan $vlan} >/dev/null
    expected "$vlan" | sort >"$folder/expected"
    dissect "$folder/feeds.pcap" | sort >"$folder/found"
    diff "$folder/expected" "$folder/found"
    bad=$(tshark -r "$folder/feeds.pcap" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE \
        -d udp.port==30001,moldudp64 \
        -Y '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0' 2>/dev/null)
    [ -z "$bad" ] || { echo "malformed: $bad"; exit 1; }
done
