#!/bin/sh
# SPDX-License-Identifier: MIT
#
# reference_test.sh RXBENCH: each tables.md of docs/reference is what rxbench makes from the result.json
# beside it; nobody typed its figures. docs/include holds README.md and the guides to it.
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
