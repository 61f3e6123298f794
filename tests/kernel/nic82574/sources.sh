#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the driver's sources, of its Makefile and of its scripts without a guest.
folder=nic82574 apart=() guest='./rxlab vm shell --nic e1000e --nic e1000e'
# shellcheck source=../source_claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/kernel/source_claims.sh"

test_the_driver_is_as_short_as_its_readme_says() { is_short_as_the_readme_says 'at most 1,000 lines' 1000; }

test_each_counter_is_shown() {
    local declared shown
    declared=$(sed -n '/^struct nic_counts/,/^}/s/.*unsigned long \(.*\);.*/\1/p' "$source/nic.h" | sort)
    shown=$(grep -o 'COUNTER([a-z_]*)' "$source/ethtool.c" | sed 's/COUNTER(\(.*\))/\1/; /^name$/d' | sort)
    [[ -n $declared && $declared == "$shown" ]] || fail "$(diff <(echo "$declared") <(echo "$shown"))"
}

test_record_names_what_is_missing() {
    expect 2 "$source/record" latency
    expect_output "record: counts or timeline, not 'latency'*"
    expect 1 env RXLAB_BINARY_DIR=/nonexistent "$source/record" counts --output "$work"
    expect_output 'record: run kernel_rx: not in /nonexistent/bin*'
}

run_claims
