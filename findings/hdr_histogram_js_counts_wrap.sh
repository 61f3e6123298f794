#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: hdr-histogram-js 3.0.1 (npm), the TypeScript port of HdrHistogram.
# One would guess: a count that does not fit into the chosen bucket size is refused, as in Java, where
# ShortCountsHistogram throws an exception ("would overflow short integer count"), or stops at its largest value.
# What happens: with bitBucketSize 8 or 16 the count begins again at 0, without an exception or a note. The total
# is still right, so percentiles are looked for in counts that do not add up to it: they are too high, and 0 where
# the counts end first. A latency that is the same to three digits 65,536 times is nothing unusual. The default,
# 32 bits, does the same after 4,294,967,296; "packed" does not.
# Seen for 66,000 times 1000, 40,000 times 2000 and 40,000 times 3000: total 146000 in each case; p50 and p95
# are 2000 and 3001 (to three digits) with 32 bits and "packed", 3001 and 0 with 16 bits.
# Source: https://github.com/HdrHistogram/HdrHistogramJS (bitBucketSize);
# https://github.com/HdrHistogram/HdrHistogram/blob/master/src/main/java/org/HdrHistogram/ShortCountsHistogram.java.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

command -v npm >/dev/null || skip "needs npm and node"
npm install --ignore-scripts --no-audit --no-fund --prefix "$tmp" hdr-histogram-js@3.0.1 >npm.log 2>&1 ||
    skip "npm does not deliver hdr-histogram-js 3.0.1"
cat >try.js <<'JS'
const hdr = require("hdr-histogram-js");
for (const bitBucketSize of [32, "packed", 16]) {
    const histogram = hdr.build({ bitBucketSize });
    for (const [value, count] of [[1000, 66000], [2000, 40000], [3000, 40000]])
        for (let i = 0; i < count; ++i) histogram.recordValue(value);
    const [p50, p95] = [50, 95].map((p) => histogram.getValueAtPercentile(p));
    console.log(`${bitBucketSize}: total ${histogram.totalCount}, p50 ${p50}, p95 ${p95}`);
}
JS
out=$(node try.js)
printf '%s\n' "$out"
grep -qx '32: total 146000, p50 2000, p95 3001' <<<"$out" || changed "32 bits give something else"
grep -qx 'packed: total 146000, p50 2000, p95 3001' <<<"$out" || changed "packed counts give something else"
grep -qx '16: total 146000, p50 3001, p95 0' <<<"$out" || changed "16 bits do not wrap like this now"
