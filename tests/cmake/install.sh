#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `cmake --install` into a prefix, which may be moved: programs find their scripts and data there, and nowhere else.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/a prefix"

cmake --install "$RXLAB_BINARY_DIR" --prefix "$work/first" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
mv "$work/first" "$prefix"

test_every_program_and_the_front_door_run_from_there() {
    local name
    for name in rxlab rxbench feedsim kernel_rx packet_rx xdp_rx dpdk_rx ring_rx nic_rx feedsim_dpdk book_bench \
        pipeline_bench; do
        expect 0 "$prefix/bin/$name" --version
        expect_output "$name [0-9]*"
        [[ -e $prefix/share/bash-completion/completions/$name && -e $prefix/share/zsh/site-functions/_$name &&
            -e $prefix/share/fish/vendor_completions.d/$name.fish ]] || fail "no completion of $name"
        ! command -v help2man >/dev/null || [[ -e $prefix/share/man/man1/$name.1 ]] || fail "no man page of $name"
    done
}

test_no_script_is_left_out_that_another_one_needs() {
    local commands
    mapfile -t commands < <("$prefix/bin/rxlab" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    [[ ${commands[*]} == 'demo bench decide vm doctor tune' ]] || fail "${commands[*]}"
    for name in "${commands[@]}"; do
        expect 0 "$prefix/bin/rxlab" "$name" --help
        expect_output '*rxlab*--help*'
        [[ $output != *'./rxlab'* && $output != *'No such file'* ]] || fail "$output"
    done
    for name in veth/veth shm/shm nic/nic vm/vm vm/kernels; do
        expect 0 "$prefix/share/rxlab/testbed/$name" --help
    done
    expect 0 "$prefix/bin/rxlab" doctor kernel
    expect_output 'ok*'
}

test_what_needs_the_sources_says_so() {
    local name
    for name in slides docs test lab setup 'vm test'; do
        # shellcheck disable=SC2086 # words
        expect 1 "$prefix/bin/rxlab" $name
        expect_output "rxlab: $name: this rxlab was installed without its sources; in a clone of them, run ./rxlab $name"
    done
}

test_rxbench_takes_test_beds_and_plots_from_there() {
    local result=$RXLAB_SOURCE_DIR/tests/bench/data/example-result.json
    expect 0 "$prefix/bin/rxbench" report "$result" --output "$work/out"
    [[ -s $work/out/multi-percentiles.svg ]]
    mv "$prefix/share/rxlab/plots" "$work/plots"
    mkdir "$prefix/share/rxlab/plots"
    expect 1 "$prefix/bin/rxbench" report "$result" --output "$work/out"
    expect_output "*$prefix/share/rxlab/plots*"
    rmdir "$prefix/share/rxlab/plots"
    mv "$work/plots" "$prefix/share/rxlab/plots"
    mv "$prefix/share/rxlab/testbed/veth/veth" "$work/veth"
    printf '#!/bin/sh\necho "this is the installed bed" >&2; exit 1\n' >"$prefix/share/rxlab/testbed/veth/veth"
    chmod 755 "$prefix/share/rxlab/testbed/veth/veth"
    expect 1 "$prefix/bin/rxlab" bench --quick --output "$work/out2"
    expect_output '*this is the installed bed*'
    mv "$work/veth" "$prefix/share/rxlab/testbed/veth/veth"
}

run_claims
