#!/bin/sh
# SPDX-License-Identifier: MIT
#
# reference_test.sh RXBENCH: the figures in README.md and in each tables.md of docs/reference are what rxbench
# makes from the result.json beside it; nobody typed them.
set -u
rxbench=$1
reference=$RXLAB_SOURCE_DIR/docs/reference
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
for result in "$reference"/result.json "$reference"/*/result.json; do
    [ -e "$result" ] || continue # no other run is kept
    tables=${result%result.json}tables.md
    "$rxbench" report "$result" --output "$folder" >"$folder/out" || exit 1
    diff "$folder/tables.md" "$tables" || {
        echo "$tables is not what rxbench makes of result.json" >&2
        exit 1
    }
done
sed -n '/\[table: single\]/,/\[end: single\]/p' "$RXLAB_SOURCE_DIR/README.md" | sed '1d;$d' >"$folder/shown"
awk '/^\*\*Latency/ { p = 1 } /^\*\*How many/ { exit } p' "$reference/tables.md" |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$folder/first"
[ -s "$folder/shown" ] || { echo "README.md shows no table" >&2; exit 1; }
diff "$folder/first" "$folder/shown" || {
    echo "README.md's table is not the reference's" >&2
    exit 1
}
