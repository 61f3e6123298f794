#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pipeline_bench_test.sh PIPELINE_BENCH: it runs, checks its own work and writes every figure. Speeds are not tested.
set -u

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Its ports share the runtime directory with nobody.
export XDG_RUNTIME_DIR=$scratch

"$1" --rounds 3 --packets 100 --folder "$scratch" --json "$scratch/figures.json" >"$scratch/table" || {
    echo "FAILED: exit status $?"
    exit 1
}
python3 - "$scratch/figures.json" <<'EOF' || exit 1
import json, sys
result = json.load(open(sys.argv[1]))
loops = {row["loop"] for row in result["rows"]}
assert "pipeline" in loops, loops
for row in result["rows"]:
    for name in ("base_ns", "whole_ns"):
        assert 0 < row[name]["min"] <= row[name]["p5"] <= row[name]["p50"] <= row[name]["p95"], row
    if row["packets_per_poll"] == 1:
        single = row["single_ns"]
        assert 0 < single["p50"] <= single["p99"] <= single["max"] and single["packets"] == 99 * 8 * 4, row
assert result["clock_ns"]["ordered"] > 0
EOF
if [[ -n $(find "$scratch" -name '*.trace') ]]; then
    echo "FAILED: a trace was left behind"
    exit 1
fi
grep -q 'From stamp to stamp' "$scratch/table"
