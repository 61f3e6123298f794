#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# flame_smoke_test.sh: bench/flame/record makes a picture of a receive path, with kernel functions where perf may see them.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
record=$RXLAB_SOURCE_DIR/bench/flame/record
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

test_perf_shows_the_kernel_below_the_receivers_call() {
    perf record -q -g -e cpu-clock:k -o "$work/probe" true >/dev/null 2>&1 || skip 'perf may not sample the kernel here'
    expect 0 "$record" --by perf --output "$work" kernel-spin
    expect_output "wrote $work/kernel-spin.svg"
    grep -q 'class="user".*SocketSource::poll' "$work/kernel-spin.svg" || fail 'no poll'
    grep -q 'class="kernel".*recvfrom' "$work/kernel-spin.svg" || fail 'no system call'
}

test_callgrind_shows_the_program_without_its_start_and_end() {
    command -v valgrind >/dev/null || skip 'valgrind is not installed'
    expect 0 "$record" --by callgrind --output "$work" kernel-block
    grep -q 'Pipeline::process' "$work/kernel-block.svg" || fail 'no pipeline'
    ! grep -q 'make_summary\|parse_options' "$work/kernel-block.svg" || fail 'more than the way'
}

test_what_it_does_not_know_is_refused_in_one_line() {
    expect 2 "$record" kernel-spni
    expect_output 'record: kernel-spni is not one of *'
    expect 2 "$record" --by gprof
    expect_output 'record: --by is perf or callgrind*'
}

run_claims
