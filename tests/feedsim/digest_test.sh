#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# digest_test.sh FEEDSIM KERNEL_RX: a receiver that misses nothing ends with the digest that the sender gives, feed by
# feed, also of a run that a signal ended; and whoever asks twice to stop does not wait for the digest.
set -u
feedsim=$1
kernel_rx=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

# Of each feed, then of all together.
digests_of() {
    python3 -c 'import json, sys
summary = json.load(sys.stdin)
print(*(feed["book"]["digest"] for feed in summary["feeds"]), summary["totals"]["digest"], sep="\n")' <"$1"
}

# compare CLAIM COUNT OPTION…: COUNT digests, those of all feeds and that of all together, the same at both ends. The
# receiver's own limits must not show.
compare() {
    local claim=$1 count=$2
    shift 2
    "$kernel_rx" --read-pcap "$work/feed.pcap" --orders 1000000 --levels 500000 --json "$work/rx.json" "$@" \
        >"$work/rx.txt" 2>&1 || fail "$claim: kernel_rx: $(tail -n 1 "$work/rx.txt")"
    digests_of "$work/tx.json" >"$work/tx"
    digests_of "$work/rx.json" >"$work/rx"
    (($(wc -l <"$work/tx") == count)) || fail "$claim: $(wc -l <"$work/tx") digests instead of $count"
    cmp -s "$work/tx" "$work/rx" || fail "$claim: sender and receiver: $(paste -d ' ' "$work/tx" "$work/rx")"
}

groups=(--group 239.1.1.1:30001 --group 239.1.1.2:30002 --group 239.1.1.3:30003)
"$feedsim" "${groups[@]}" --write-pcap "$work/feed.pcap" --packets 20000 --messages-per-packet 3 --seed 11 --sequence 77 \
    --stamp --json "$work/tx.json" >"$work/tx.txt" || fail "three feeds: feedsim ends with $?"
compare "three feeds" 4 "${groups[@]}"
[[ $(tail -n 1 "$work/tx.txt") == "$(grep '^digest: ' "$work/rx.txt")" ]] || fail "the digest is not the text's last line"

# start BYTES: a run without an end that matters here, which has written so much; sets `pid`.
start() {
    rm -f "$work/feed.pcap"
    "$feedsim" --group 239.1.1.1:30001 --write-pcap "$work/feed.pcap" --packets 100000000 --messages-per-packet 20 \
        --json "$work/tx.json" >"$work/tx.txt" 2>&1 &
    pid=$!
    until (($(stat -c %s "$work/feed.pcap" 2>/dev/null || echo 0) > $1)) || ! kill -0 "$pid" 2>/dev/null; do
        sleep 0.02
    done
}

start 2000000
kill -INT "$pid"
wait "$pid" || fail "ended by a signal: exit status $?"
grep -q '"ended_by": "signal"' "$work/tx.json" || fail "it was not the signal that ended the run"
compare "ended by a signal" 2 --group 239.1.1.1:30001

# rxbench's: the receiver has ended, and the sender need not repeat the end of the session any longer. If the sender has
# stopped by itself, the signal comes while it makes the digest, which must not be missing.
rm -f "$work/feed.pcap"
"$feedsim" --group 239.1.1.1:30001 --write-pcap "$work/feed.pcap" --packets 50000 --messages-per-packet 20 \
    --json "$work/tx.json" >"$work/tx.txt" 2>&1 &
pid=$!
until [[ -e $work/feed.pcap ]]; do sleep 0.01; done
while readlink "/proc/$pid/fd/"* 2>/dev/null | grep -q "feed.pcap\$"; do sleep 0.01; done
kill -TERM "$pid" || fail "the digest was made before the signal came: more packets are needed"
wait "$pid" || fail "a signal after the last packet: exit status $?"
grep -q '"ended_by": "done"' "$work/tx.json" || fail "a signal after the last packet: ended by $(grep ended_by "$work/tx.json")"
grep -q '"digest"' "$work/tx.json" || fail "a signal after the last packet: no digest"

# A million messages and more, which are not made again between two signals.
start 50000000
while kill -INT "$pid" 2>/dev/null; do sleep 0.02; done
wait "$pid" || fail "asked again and again: exit status $?"
grep -q '"ended_by": "signal"' "$work/tx.json" || fail "asked again and again: no summary"
! grep -q '"digest"' "$work/tx.json" || fail "asked again and again: it made the digest all the same"
((failures == 0))
