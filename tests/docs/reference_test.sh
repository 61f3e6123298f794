#!/bin/sh
# SPDX-License-Identifier: MIT
#
# reference_test.sh RXBENCH: the figures in README.md and docs/reference/tables.md are what rxbench
# makes from docs/reference/result.json; nobody typed them.
set -u
rxbench=$1
reference=$RXLAB_SOURCE_DIR/docs/reference
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
"$rxbench" report "$reference/result.json" --output "$folder" >"$folder/out" || exit 1
diff "$folder/tables.md" "$reference/tables.md" || {
    echo "docs/reference/tables.md is not what rxbench makes of result.json" >&2
    exit 1
}
sed -n '/\[table: single\]/,/\[end: single\]/p' "$RXLAB_SOURCE_DIR/README.md" | sed '1d;$d' >"$folder/shown"
awk '/^\*\*Latency/ { p = 1 } /^\*\*How many/ { exit } p' "$reference/tables.md" |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$folder/first"
[ -s "$folder/shown" ] || { echo "README.md shows no table" >&2; exit 1; }
diff "$folder/first" "$folder/shown" || {
    echo "README.md's table is not the reference's" >&2
    exit 1
}
