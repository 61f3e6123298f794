#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# book_bench_test.sh PROGRAM_DIR: book_bench and `rxbench report --book`, on days so short that their figures say
# nothing: that every layout ends every day in the same state, what is written, and what is said of bad input.
set -u
programs=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failed=1
}
# expect STATUS TEXT COMMAND…: its exit status, and a text in what it prints.
expect() {
    local status=$1 text=$2
    shift 2
    "$@" >"$work/output" 2>&1
    local got=$?
    ((got == status)) || fail "exit status $got, not $status: $*"$'\n'"$(cat "$work/output")"
    grep -Fq -- "$text" "$work/output" || fail "no '$text' in: $*"$'\n'"$(cat "$work/output")"
}

small=(--orders 30000 --levels 30000 --rounds 1)
book_bench=$programs/book_bench

# Different digests are exit status 1.
expect 0 'decode only' "$book_bench" --day nasdaq,sparse,wide,churn --messages 20000 \
    --layout aggregate,fifo,flat,paged,unordered_map,map "${small[@]}" --json "$work/book.json"
(($(grep -c '"digest"' "$work/book.json") == 24)) || fail "not 6 layouts of 4 days in the result"

# A file, as feedsim writes it: whole, with an end mark, cut short, empty, not there.
"$programs/feedsim" --write-itch "$work/day.itch" --messages 5000 >/dev/null || fail "feedsim"
expect 0 '5000 messages' "$book_bench" "$work/day.itch" --figures-only "${small[@]}"
digest=$(grep -Eo '[0-9a-f]{16}' "$work/output" | head -n 1)
{ cat "$work/day.itch" && printf '\0\0'; } >"$work/marked.itch"
expect 0 "$digest" "$book_bench" "$work/marked.itch" --figures-only "${small[@]}"
head -c -3 "$work/day.itch" >"$work/cut.itch"
expect 1 'message 5000 at offset' "$book_bench" "$work/cut.itch"
: >"$work/empty.itch"
expect 1 'empty' "$book_bench" "$work/empty.itch"
expect 1 'No such file' "$book_bench" "$work/none.itch"

expect 2 'the days are nasdaq' "$book_bench" --day monday
expect 2 'the layouts are aggregate' "$book_bench" --layout heap
expect 2 'book_bench --help' "$book_bench" --window 0
expect 1 'must be 1 ..' "$book_bench" --messages 1000 --orders 0
expect 0 "## What the book costs: wide" "$book_bench" --show "$work/book.json"
# What does not fit is said, and counted.
expect 0 'messages were refused' "$book_bench" --messages 20000 --orders 100 --levels 30000 --rounds 1 --figures-only

# 32 symbols that had 31 levels and have one leave no piece of memory that is large enough for the 31st of another, where a
# std::map has room: that is said, and is no difference of their books.
python3 - >"$work/scattered.itch" <<'EOF'
import struct, sys
def write(kind, locate, reference, rest=b""):
    body = kind + struct.pack(">H8xQ", locate, reference) + rest
    sys.stdout.buffer.write(struct.pack(">H", len(body)) + body)
for locate in range(1, 34):
    for price in range(1, 32):
        write(b"A", locate, locate * 100 + price, struct.pack(">cI8sI", b"B", 1, b"SYMBOL  ", price))
    for price in range(2, 32 if locate < 33 else 0):
        write(b"D", locate, locate * 100 + price)
EOF
for layouts in aggregate,map map,aggregate; do
    expect 0 '1 messages were refused' "$book_bench" "$work/scattered.itch" --levels 64 --orders 1000 --rounds 1 \
        --figures-only --layout $layouts
done

# The report of a result carries the book's tables.
result=$RXLAB_SOURCE_DIR/tests/bench/data/example-result.json
expect 0 tables.md "$programs/rxbench" report "$result" --output "$work/report" --book "$work/book.json"
for text in 'What the book costs: sparse' 'One message timed by itself' 'unordered_map'; do
    grep -Fq "$text" "$work/report/tables.md" || fail "no '$text' in tables.md"
done
expect 1 'not a result of book_bench' "$programs/rxbench" report "$result" --output "$work/report" --book "$result"
sed 's/"book_bench_schema": 1/"book_bench_schema": 9/' "$work/book.json" >"$work/new.json"
expect 1 'its schema is 9' "$programs/rxbench" report "$result" --output "$work/report" --book "$work/new.json"
expect 1 'read ' "$programs/rxbench" report "$result" --output "$work/report" --book "$work/day.itch"

exit "$failed"
