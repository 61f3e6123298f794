#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# selftest_test.sh RXBENCH: the self-test passes, and it fails for each harness that is broken on
# purpose, at the fault that this one misses.
set -u
rxbench=$1
failures=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

output=$("$rxbench" selftest) || fail "the self-test: $output"
[[ $output != *MISSED* ]] || fail "exit status 0 though a fault was missed"
mapfile -t faults < <("$rxbench" selftest --list-breaks)
((${#faults[@]} >= 9)) || fail "only ${#faults[@]} harnesses can be broken"
for fault in "${faults[@]}"; do
    grep -q "^found  *$fault " <<<"$output" || fail "$fault is not among the checks"
    broken=$("$rxbench" selftest --break "$fault")
    status=$?
    ((status == 1)) || fail "--break $fault: exit status $status instead of 1"
    grep -q "^MISSED  *$fault " <<<"$broken" || fail "--break $fault: another check found it: $broken"
done
"$rxbench" selftest --break nothing 2>/dev/null
(($? == 2)) || fail "an unknown fault is not wrong usage"
((failures == 0))
