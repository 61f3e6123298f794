#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# count_instructions_test.sh COUNT_INSTRUCTIONS PROGRAM_DIR: it counts a short run of dpdk_rx, the parts make the whole, and
# more messages in a packet are more work for the book. How many instructions there are is not tested. Exit 77 where
# valgrind is missing.
set -u

count=$1 programs=$2
command -v valgrind >/dev/null || { echo "skipped: no valgrind (apt-get install valgrind)"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for messages in 1 5; do
    "$count" --json --packets 200:1000 --messages-per-packet $messages "$programs" >>"$scratch/counts" || {
        echo "FAILED: exit status $? with $messages message(s) a packet"
        exit 1
    }
done
python3 - "$scratch/counts" <<'EOF' || exit 1
import json, sys
one, five = (json.loads(line) for line in open(sys.argv[1]))
for counts in (one, five):
    parts = [counts[name] for name in ("driver", "book", "loop")]
    assert min(parts) > 20, counts
    assert abs(sum(parts) - counts["all"]) < 0.2, counts
    assert counts["all"] < 20000, counts
assert five["book"] > 2 * one["book"], (one, five)
assert five["messages_per_packet"] == 5 and one["burst"] == 32, five
EOF

# Without a longer run there is no difference to divide.
if "$count" --packets 10:10 "$programs" >"$scratch/log" 2>&1 || ! grep -q 'must be the longer' "$scratch/log"; then
    echo "FAILED: --packets 10:10 was not refused"
    exit 1
fi
