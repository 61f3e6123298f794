#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# respond_smoke_test.sh BIN TICKS RATE: rxbench respond with all receivers that can run here. Every decision must be the
# oracle's; nothing that depends on the machine's speed is checked.

# shellcheck source=tests/bench/bed.bash
. "$(dirname "${BASH_SOURCE[0]}")/bed.bash"

bin=$1 ticks=$2 rate=$3

"$bin/rxbench" respond --json --rounds 1 --ticks "$ticks" --rate "$rate" --retries 5 --no-control --when every:1 \
    --when 'bid>=76.33:ZUFL' --when 'ask<=243.38:WIWIN' --output "$scratch/out" >"$scratch/stdout" 2>"$scratch/stderr" || {
    cat "$scratch/stdout" "$scratch/stderr"
    exit 1
}
cmp "$scratch/stdout" "$scratch/out/respond.json" || exit 1
python3 - "$scratch/out/respond.json" "$ticks" <<'END'
import json
import sys
result, ticks = json.load(open(sys.argv[1])), int(sys.argv[2])
failures = []
for series in result["series"]:
    ledger = series["ledger"]
    lossless = ledger["lost_messages"] == 0
    print(series["name"], ledger)
    if len(series["rounds"]) != 1:
        failures.append(f"{series['name']}: no round counts: {series['failures']}")
    if any(ledger[name] for name in ("wrong", "duplicate", "unknown", "malformed", "lost")):
        failures.append(f"{series['name']}: orders that must not come")
    if lossless and (ledger["missed"] or ledger["good"] != ledger["expected"]):
        failures.append(f"{series['name']}: orders are missing")
    if ledger["expected"] <= ledger["ticks"]:
        failures.append(f"{series['name']}: no crossing was due")
names = [series["name"] for series in result["series"]]
for name in ("kernel-block", "kernel-spin", "packet", "dpdk-af_packet"):
    if name not in names:
        failures.append(f"{name} took no part")
print("\n".join(failures))
sys.exit(1 if failures else 0)
END
