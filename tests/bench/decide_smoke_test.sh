#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# decide_smoke_test.sh BIN: rxbench decide with real receivers on a real test bed. Which way it names
# depends on the machine; that every way has its figures, and that it answers, does not.

# shellcheck source=tests/bench/bed.bash
. "$(dirname "${BASH_SOURCE[0]}")/bed.bash"

bin=$1

fail() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

# 1 where no way fulfils what is asked, as on a machine whose cores are taken.
"$bin/rxbench" decide --receiver kernel-block --receiver kernel-spin --receiver packet --rate 700 --cores 2 \
    --rate-min 500 --rate-max 1000 --halvings 0 --trial-seconds 0.3 --rounds 2 --seconds 0.3 \
    --output "$scratch/out" >"$scratch/stdout" 2>"$scratch/stderr"
status=$?
if grep -q 'the lowest rate tried, every way lost' "$scratch/stderr"; then
    echo "skipped: this machine is too busy for 500 packets/s"
    exit 77
fi
((status <= 1)) || fail "exit status $status: $(<"$scratch/stderr")"
for name in decision.json decision.md; do
    [[ -s $scratch/out/$name ]] || fail "$name was not written: $(<"$scratch/stderr")"
done
python3 - "$scratch/out/decision.json" <<'END' || fail "not every way has its figures"
import json, sys
decision = json.load(open(sys.argv[1]))
ways = [way["name"] for way in decision["rates"] if way["lossless_pps"]]
loads = decision["scenarios"]
assert {"load-1", "load-30", "load-80"} <= {load["name"] for load in loads}, loads
slowest = min(way["lossless_pps"] for way in decision["rates"] if way["lossless_pps"])
for load in loads:
    if load["name"] != "load-asked":
        share = load["rate_per_feed"] / slowest
        assert abs(share - int(load["name"].removeprefix("load-")) / 100) < 0.01, load["name"]
        assert [each["name"] for each in load["receivers"]] == ways
    for each in load["receivers"]:
        for run in each["runs"]:
            usage = run["receiver"]["usage"]
            assert 0 < usage["user_s"] + usage["system_s"] < 1.1 * usage["wall_s"], usage
END
grep -q 'Asked for: 700 packets/s without loss, at most 2 cores' "$scratch/stdout" || fail "no answer"
"$bin/rxbench" decide --from "$scratch/out/decision.json" --rate 900000 >"$scratch/stdout"
(($? == 1)) || fail "a rate that no way took is answered"
grep -qE 'No recommendation: no way (takes|is known to take) 900000 packets/s' "$scratch/stdout" ||
    fail "no reason: $(tail -n 3 "$scratch/stdout")"
