#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Wrong usage and failures of feedsim: the exit status and one clear line, no crash, no hang.
# Usage: cli_test.sh FEEDSIM
set -u
feedsim=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failures=0

# expect STATUS TEXT ARGUMENT…: the status, exactly one line on standard error, and TEXT in it.
expect() {
    status=$1
    text=$2
    shift 2
    timeout 20 "$feedsim" "$@" >"$folder/out" 2>"$folder/err"
    got=$?
    lines=$(wc -l <"$folder/err")
    if [ "$got" -ne "$status" ] || [ "$lines" -ne 1 ] || ! grep -qF -- "$text" "$folder/err" ||
        ! grep -q '^feedsim: ' "$folder/err"; then
        echo "FAILED: feedsim $*"
        echo "  expected status $status and one line with: $text"
        echo "  got status $got and: $(cat "$folder/err")"
        failures=$((failures + 1))
    fi
}

group=239.1.1.1:30001
online=$(cat /sys/devices/system/cpu/online)

expect 2 "--group is missing"
expect 2 "--interface is missing" --group $group
expect 2 "10.0.0.1:30001" --group 10.0.0.1:30001 --interface lo
expect 2 "224.0.0.0 to 239.255.255.255" --group 10.0.0.1:30001 --interface lo
expect 2 "nonsense" --group nonsense --interface lo
expect 2 "given twice" --group $group --group $group --interface lo
expect 2 "--session TODAY000001: a MoldUDP64 session has at most 10 printable characters" --group $group --interface lo --session TODAY000001
expect 2 "at most 10 printable characters" --group $group --interface lo --session "$(printf 'A\001B')"
expect 2 "at most 10 printable characters" --group $group --interface lo --session "  "
expect 2 "--session is given 1 times, --group 2: give one for each" --group $group --group 239.1.1.2:30001 --interface lo --session TODAY00001
expect 2 "--session TODAY00001: given twice" --group $group --group 239.1.1.2:30001 --interface lo --session TODAY00001 --session TODAY00001
expect 2 "--session A : given twice" --group $group --group 239.1.1.2:30001 --interface lo --session A --session "A "
expect 2 "--session needs packets" --write-itch "$folder/x.itch" --packets 1 --session TODAY00001
expect 2 "--cpu 4000: this machine has CPUs $online" --group $group --interface lo --cpu 4000
expect 2 "--rate" --group $group --interface lo --rate 0
expect 2 "--messages-per-packet: --profile market-open draws" --group $group --interface lo --profile market-open --messages-per-packet 3
expect 2 '--profile: "burst" is none of constant, poisson, microburst, market-open' --group $group --interface lo --profile burst
expect 2 "--orders needs to know which orders must come" --group $group --interface lo --orders 127.0.0.1:4000
expect 2 "sometimes" --group $group --interface lo --orders 127.0.0.1:4000 --orders-when sometimes
expect 2 "there is no feed 3" --group $group --interface lo --orders 127.0.0.1:4000 --orders-when 'bid>=1:A@3'
expect 2 "--orders takes answers to a feed" --write-itch "$folder/x.itch" --packets 1 --orders 127.0.0.1:4000 --orders-when every:1
expect 2 "multicast" --group $group --interface lo --orders $group --orders-when every:1
expect 2 "1 to 103 fit" --group $group --interface lo --messages-per-packet 104
expect 2 "1 to 103 fit" --group $group --interface lo --messages-per-packet 0
expect 2 "--packets" --group $group --interface lo --packets 0
expect 2 "excludes" --group $group --interface lo --packets 1 --duration 1
expect 2 "--symbols" --group $group --interface lo --symbols 65536
expect 2 "excludes" --write-itch "$folder/a" --write-pcap "$folder/b" --messages 1
expect 2 "never ends" --write-itch "$folder/a"
expect 2 "one feed" --write-itch "$folder/a" --group $group --group 239.1.1.2:30001 --messages 1
expect 2 "one feed" --file "$folder/a" --group $group --group 239.1.1.2:30001 --interface lo
expect 2 "--vlan" --group $group --interface lo --vlan 5 --packets 1
expect 2 "--trace" --write-itch "$folder/a" --messages 1 --trace "$folder/t"
expect 2 "--line-b is given 1 times, --group 2" --group $group --group 239.1.1.2:30001 --line-b 239.1.2.1:30001 --interface lo
expect 2 "--line-b $group: given twice" --group $group --line-b $group --interface lo
expect 2 "--line-b: \"10.0.0.1:30001\"" --group $group --line-b 10.0.0.1:30001 --interface lo
expect 2 "--skew requires --line-b" --group $group --interface lo --skew none
expect 2 "--skew: \"much\"" --group $group --line-b 239.1.2.1:30001 --interface lo --skew much
expect 2 "\"drop=1\": expected a chance from 0% to 100%" --group $group --interface lo --impair drop=1
expect 2 "--impair b: there is no line B" --group $group --interface lo --impair b:drop=1%
expect 2 "--impair a/1: expected a or b" --group $group --interface lo --impair a/1:drop=1%
expect 2 "--impair c: expected a or b" --group $group --interface lo --impair c:drop=1%
expect 2 "--impair-seed requires --impair" --group $group --interface lo --impair-seed 5
expect 2 "need packets" --write-itch "$folder/a" --messages 1 --impair drop=1%
expect 2 "--rerequest: \"nowhere\"" --group $group --interface lo --rerequest nowhere
expect 2 '--snapshot: "239.1.1.9:5000" is a multicast group' --group $group --interface lo --snapshot 239.1.1.9:5000
expect 2 "do not go with --write" --write-pcap "$folder/a" --packets 1 --rerequest 127.0.0.1:5000
expect 2 "which is missing" --group $group --interface lo --snapshot-user desk1
expect 2 '--snapshot-user: "desk001" is longer than 6' --group $group --interface lo --snapshot 127.0.0.1:5000 --snapshot-user desk001
: >"$folder/empty"
expect 2 "its first line has 0 characters; a password has 1 to 10" --group $group --interface lo --snapshot 127.0.0.1:5000 --snapshot-password-file "$folder/empty"
echo 12345678901 >"$folder/long"
expect 2 "its first line has 11 characters" --group $group --interface lo --snapshot 127.0.0.1:5000 --snapshot-password-file "$folder/long"
expect 1 "read --snapshot-password-file $folder/missing: No such file" --group $group --interface lo --snapshot 127.0.0.1:5000 --snapshot-password-file "$folder/missing"
expect 2 "--rerequest-quota" --group $group --interface lo --rerequest 127.0.0.1:5000 --rerequest-quota 0
expect 1 "bind --rerequest 192.0.2.1:5000" --group $group --interface lo --packets 1 --rerequest 192.0.2.1:5000
expect 2 "--no-such-option" --no-such-option
expect 1 "use interface nosuch0: No such device; see \`ip link\`" --group $group --interface nosuch0
expect 1 "$folder/missing" --file "$folder/missing" --write-itch "$folder/a"
expect 1 "$folder/nowhere/a" --write-itch "$folder/nowhere/a" --messages 1
expect 1 "$folder/nowhere/a" --write-pcap "$folder/nowhere/a" --messages 1
expect 1 "No space left on device" --write-pcap /dev/full --messages 10
expect 1 "No space left on device" --write-itch /dev/full --messages 10

"$feedsim" --write-itch "$folder/day" --messages 100 >"$folder/out" || failures=$((failures + 1))
truncate -s -3 "$folder/day"
expect 1 "message 100" --file "$folder/day" --write-pcap "$folder/a"

# A session's name may hold what exchanges use; a shorter one is padded.
"$feedsim" --write-pcap "$folder/named" --packets 2 --session 'A-1 b/#.z' --json "$folder/json" >/dev/null
grep -q '"session": "A-1 b/#.z"' "$folder/json" || { echo "FAILED: --session of any characters"; failures=$((failures + 1)); }

# A capture's feed goes elsewhere only where that is said rightly.
elsewhere=239.9.9.9:40001
expect 2 "requires --read-pcap" --file "$folder/day" --send-to $group=$elsewhere --interface lo
expect 2 "write RECORDED=GROUP" --read-pcap "$folder/named" --send-to $group --interface lo
expect 2 "is not a multicast group" --read-pcap "$folder/named" --send-to $group=10.0.0.1:1 --interface lo
expect 2 "given twice" --read-pcap "$folder/named" --send-to $group=$elsewhere --send-to $group=$elsewhere --interface lo
expect 2 "is none of --group" --read-pcap "$folder/named" --group $group --send-to $elsewhere=$group --interface lo
expect 2 "say where to send it, --send-to 10.0.0.1:1=" --read-pcap "$folder/named" --group 10.0.0.1:1 --interface lo
expect 1 "none of the sent feeds went there" --read-pcap "$folder/named" --send-to $elsewhere=$group --interface lo
expect 2 "--read-vlan" --read-pcap "$folder/named" --read-vlan 4095 --interface lo
expect 1 "--time tap: none of 12 frames" --read-pcap "$folder/named" --time tap --write-pcap "$folder/a"
"$feedsim" --read-pcap "$folder/named" --send-to $group=$elsewhere --write-pcap "$folder/b" --json "$folder/json" >/dev/null
grep -q "\"group\": \"$elsewhere\"" "$folder/json" || { echo "FAILED: --send-to"; failures=$((failures + 1)); }

# A summary for machines goes to standard output alone, and the text to standard error.
"$feedsim" --write-pcap "$folder/a" --packets 3 --json - >"$folder/out" 2>"$folder/err"
if ! grep -q '"schema": "rxlab.tx/1"' "$folder/out" || ! grep -q 'wrote .*: 3 packets' "$folder/err"; then
    echo "FAILED: --json -"
    failures=$((failures + 1))
fi

[ "$failures" -eq 0 ] || { echo "$failures failures"; exit 1; }
