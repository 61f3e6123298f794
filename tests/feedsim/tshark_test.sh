#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Another implementation reads what feedsim --write-pcap writes. tshark's MoldUDP64 dissector must agree packet
# by packet: session, sequence, count and the length of each message, at the intended times; nothing malformed,
# no checksum wrong. What is meant comes from a length-prefixed file of the same messages, not from our reader.
# Usage: tshark_test.sh FEEDSIM
set -eu
feedsim=$1
command -v tshark >/dev/null || { echo "skipped: tshark is not installed (apt-get install tshark)"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
decode='-o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -d udp.port==30001,moldudp64'

# dissect CAPTURE: a line of fields for each frame.
dissect() {
    # shellcheck disable=SC2086 # several words
    tshark -r "$1" $decode -T fields -E aggregator=, -e frame.time_epoch -e vlan.id -e eth.dst -e ip.dst \
        -e moldudp64.session -e moldudp64.sequence -e moldudp64.count -e moldudp64.msglen 2>"$folder/tshark.err"
}

# nothing_wrong CAPTURE
nothing_wrong() {
    # shellcheck disable=SC2086 # several words
    bad=$(tshark -r "$1" $decode -Y '_ws.malformed || _ws.expert.severity >= "Warning" ||
        ip.checksum.status == 0 || udp.checksum.status == 0' 2>/dev/null)
    [ -z "$bad" ] || { echo "wrong: $bad"; exit 1; }
}

# Lengths of the messages of a length-prefixed file, one a line.
lengths() {
    od -An -v -t u1 -w1 "$1" | awk '
        skip > 0 { skip--; next }
        !half { high = $1; half = 1; next }
        { skip = high * 256 + $1; half = 0; print skip }'
}

# What is meant: the data packets of two feeds, 4 a packet, 1,000 packets a second, staggered.
expected() { # VLAN FIRST-SEQUENCE
    for feed in 0 1; do
        lengths "$folder/$feed.itch" | awk -v feed=$feed -v vlan="$1" -v sequence="$2" '
            # Nanoseconds and seconds apart: together they are more than a double holds.
            function line(ns, count, list) {
                printf "1577957400.%09d\t%s\t01:00:5e:01:01:0%d\t239.1.1.%d\tRXLAB0000%d\t%.0f\t%d\t%s\n", ns, vlan,
                    feed + 1, feed + 1, feed + 1, sequence, count, list
            }
            function flush() {
                if (!count) return
                line(packet++ * 1000000 + feed * 500000, count, list)
                sequence += count; count = 0; list = ""
            }
            { list = list (count ? "," : "") $1; if (++count == 4) flush() }
            END { flush() }'
    done
}

for vlan in "" 42; do
    set -- --messages 1001 --seed 5 --symbols 30
    "$feedsim" --write-pcap "$folder/feeds.pcap" --group 239.1.1.1:30001 --group 239.1.1.2:30001 "$@" \
        --messages-per-packet 4 --sequence 5000000000 --rate 1000 ${vlan:+--vlan $vlan} >/dev/null
    nothing_wrong "$folder/feeds.pcap"
    for feed in 0 1; do
        # One feed after the other, through a replay of the capture itself: --write-itch takes one.
        "$feedsim" --read-pcap "$folder/feeds.pcap" --group 239.1.1.$((feed + 1)):30001 \
            --write-itch "$folder/$feed.itch" >/dev/null
    done
    "$feedsim" --write-itch "$folder/direct.itch" "$@" >/dev/null
    cmp "$folder/direct.itch" "$folder/0.itch" # the first feed's messages, without any packet in between
    dissect "$folder/feeds.pcap" >"$folder/all"
    [ "$(wc -l <"$folder/all")" -eq $((2 * (251 + 10))) ] || { echo "frames: $(wc -l <"$folder/all")"; exit 1; }
    expected "$vlan" 5000000000 | sort >"$folder/expected"
    awk -F '\t' '$7 != 65535' "$folder/all" | sort >"$folder/found"
    diff "$folder/expected" "$folder/found"
    # The ends of session: ten each, with the next sequence number.
    [ "$(cut -f 2,5-7 "$folder/all" | grep -c "^$vlan.RXLAB0000[12].5000001001.65535\$")" -eq 20 ]
done
echo "$(wc -l <"$folder/found") data packets and 20 ends of session agree, tagged and not"
