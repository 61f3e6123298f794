#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What ./rxlab promises before it builds anything. Machines with other packages or without sudo are
# folders of stand-in programs on the PATH.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
rxlab=$RXLAB_SOURCE_DIR/rxlab
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

all_packages() { sed -n -E 's/^(run|test|vm) +([^ ]+).*/\2/p' "$RXLAB_SOURCE_DIR/debian-packages"; }

# A machine on which every package is installed but those named, with kernels for guests; what it is asked to
# do is in $work/log.
machine() { # MISSING…
    local name
    rm -rf "${work:?}"/*
    mkdir -p "$work/bin" "$work/cache/kernels/6.1" "$work/cache/kernels/6.12"
    export RXLAB_CACHE=$work/cache
    for name in bash cat date dirname env grep id mv nproc readlink sed sort; do
        ln -s "$(command -v "$name")" "$work/bin/$name"
    done
    all_packages | grep -Fvx -f <(printf '%s\n' '#none' "$@") |
        sed 's/$/ installed/' >"$work/installed"
    stand_in dpkg-query "cat $work/installed"
    stand_in apt-cache 'echo "  Candidate: 1"'
    stand_in apt-get "echo apt-get \"\$@\" >>$work/log"
}

stand_in() { # NAME COMMAND
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod 755 "$work/bin/$1"
}

on_machine() { env PATH="$work/bin" "$BASH" "$@"; }

as_ordinary_user() {
    ((EUID != 0)) || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    "$@"
}
on_machine_as_user() { as_ordinary_user env PATH="$work/bin" "$BASH" "$@"; }

test_alone_it_prints_every_subcommand() {
    expect 0 "$rxlab"
    local name
    for name in setup demo test bench slides docs vm doctor tune; do
        [[ $output == *"./rxlab $name "* ]] || fail "no $name in: $output"
    done
}

test_an_unknown_subcommand_or_option_ends_with_2() {
    expect 2 "$rxlab" benchmark
    expect_output 'rxlab: unknown subcommand: benchmark; see: ./rxlab --help'
    expect 2 "$rxlab" setup --for dinner
    expect 2 "$rxlab" demo --slow
    expect 2 "$rxlab" demo --output
    expect 2 "$rxlab" test --label
    expect 2 "$rxlab" slides -o
    expect 2 "$rxlab" docs -o
    expect 2 "$rxlab" test --weekly
    expect 2 "$rxlab" vm test --kernel latest
    expect_output "rxlab: vm test: --kernel needs the name of a kernel, not 'latest'; see: ./rxlab --help"
}

test_setup_prints_one_line_where_nothing_is_missing() {
    need_open_clone
    machine
    expect 0 on_machine_as_user "$rxlab" setup --check --for test
    expect_output 'rxlab: everything for the test is installed'
    expect 0 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: everything for the demo is installed'
    [[ ! -e $work/log ]] || fail "it called $(cat "$work/log")"
}

test_setup_check_names_what_is_missing_and_installs_nothing() {
    machine pandoc tshark
    expect 1 on_machine "$rxlab" setup --check --for test
    expect_output 'rxlab: not installed: pandoc tshark'
    expect 1 on_machine "$rxlab" setup --check
    expect_output 'rxlab: not installed: pandoc'
    [[ ! -e $work/log ]] || fail "it called $(cat "$work/log")"
}

test_setup_check_names_the_kernels_that_are_not_there() {
    machine
    rm -r "$work/cache/kernels/6.12"
    expect 1 on_machine "$rxlab" setup --check --for test
    expect_output 'rxlab: not installed: kernel-6.12'
    expect 0 on_machine "$rxlab" setup --check
}

test_a_guest_needs_its_packages_and_no_others() {
    need_open_clone
    machine pandoc zstd
    chmod 777 "$work"
    stand_in sudo 'echo "sudo $*" >>'"$work/log"
    expect 2 on_machine_as_user "$rxlab" vm run
    expect_output $'rxlab: installing zstd\nvm: run needs a command; see: vm --help'
    output=$(cat "$work/log")
    expect_output 'sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends zstd'
}

test_setup_without_root_or_sudo_gives_the_command_in_one_line() {
    need_open_clone
    machine pandoc g++
    expect 1 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: install g++ pandoc: neither root nor sudo here;*apt-get install --no-install-recommends g++ pandoc'
    [[ $output != *$'\n'* ]] || fail "more than one line: $output"
}

test_setup_as_a_user_installs_through_sudo_and_says_what() {
    need_open_clone
    machine pandoc
    chmod 777 "$work"
    stand_in sudo 'echo "sudo $*" >>'"$work/log"'; exec "$@"'
    expect 0 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: installing pandoc'
    output=$(cat "$work/log")
    expect_output 'sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends pandoc*'
}

test_setup_updates_the_lists_only_where_a_package_is_not_in_them() {
    need_open_clone
    chmod 777 "$work"
    machine pandoc
    stand_in sudo 'exec "$@"'
    stand_in apt-cache 'echo "  Candidate: (none)"'
    expect 0 on_machine_as_user "$rxlab" setup
    output=$(cat "$work/log")
    expect_output $'apt-get update\napt-get install *'
}

test_setup_leaves_an_npm_of_another_origin_alone() {
    machine npm
    expect 1 on_machine "$rxlab" setup --check
    stand_in npm true
    expect 0 on_machine "$rxlab" setup --check
}

test_setup_without_apt_names_the_list() {
    machine
    rm "$work/bin/apt-get"
    expect 1 on_machine "$rxlab" setup
    expect_output "*no apt-get here; the packages are named in */debian-packages"
}

# A checkout of its own: only what is needed to get as far as building.
checkout() {
    machine
    mkdir "$work/a checkout"
    cp "$RXLAB_SOURCE_DIR/rxlab" "$RXLAB_SOURCE_DIR/debian-packages" "$work/a checkout"
    ln -s "$(command -v stat)" "$work/bin/stat"
    stand_in cmake 'echo "cmake $*"'
}

test_a_build_folder_of_another_checkout_is_named_with_the_remedy() {
    checkout
    mkdir -p "$work/a checkout/build/release"
    echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/somewhere/else' >"$work/a checkout/build/release/CMakeCache.txt"
    expect 1 on_machine "$work/a checkout/rxlab" bench
    expect_output "*it was configured for /somewhere/else; remove it: rm -r '$work/a checkout/build/release'"
}

test_a_build_folder_of_another_user_is_named_with_the_remedy() {
    ((EUID == 0)) || return 0 # only root can make one
    checkout
    mkdir "$work/a checkout/build"
    expect 1 on_machine_as_user "$work/a checkout/rxlab" bench
    expect_output "rxlab: write $work/a checkout/build: it belongs to root; remove it, or as root: chown *"
}

# A build folder with two tests that pass, one of them only the second time, and with those named, which fail.
tests_in_checkout() { # FAILING…
    local top="$work/a checkout" name
    checkout
    mkdir -p "$top/build/ci" "$top/tests" "$top/testbed/vm"
    stand_in kernels 'echo "kernels $*" >>'"$work"'/log; case $1 in
        --names) printf "6.1\n6.12\n"; [ "$2" = ci ] || echo newest ;;
        --is-name) [ "$2" != latest ] ;;
    esac'
    mv "$work/bin/kernels" "$top/testbed/vm"
    cp "$RXLAB_SOURCE_DIR/CMakePresets.json" "$top"
    cp "$RXLAB_SOURCE_DIR/tests/summary.pl" "$top/tests"
    {
        echo 'add_test(steady true)'
        echo "add_test(flaky sh -c \"test -e '$work/tried' || { touch '$work/tried'; echo 'clock late'; exit 1; }\")"
        for name in "$@"; do echo "add_test($name false)"; done
    } >"$top/build/ci/CTestTestfile.cmake"
}
run_tests_in_checkout() { env PATH="$work/bin:$PATH" "$BASH" "$work/a checkout/rxlab" test "$@"; }

test_a_test_that_passes_when_run_again_is_named_and_the_run_passes() {
    tests_in_checkout
    expect 0 run_tests_in_checkout
    expect_output $'*UNSTEADY flaky: failed, and passed when it was run again\n*clock late\n2 passed, 0 failed, 0 skipped'
}

test_a_test_that_fails_twice_fails_the_run() {
    tests_in_checkout broken
    expect 1 run_tests_in_checkout
    expect_output $'*UNSTEADY flaky: *FAILED   broken\n2 passed, 1 failed, 0 skipped'
}

test_more_than_three_failures_are_not_run_again() {
    tests_in_checkout one two three
    expect 1 run_tests_in_checkout
    expect_output $'*FAILED   flaky\n*1 passed, 4 failed, 0 skipped'
}

# Tests as kmod.<what>_on_<kernel>, the last one nightly; all pass.
tests_on_kernels() {
    tests_in_checkout
    : >"$work/tried"
    {
        printf 'add_test(kmod.on_%s true)\n' 6.1 6.12 7.2 newest
        echo 'add_test(kmod.failures true)'
        echo 'set_tests_properties(kmod.on_6.1 kmod.on_6.12 kmod.failures PROPERTIES LABELS kmod)'
        echo 'set_tests_properties(kmod.on_newest kmod.on_7.2 PROPERTIES LABELS "kmod;nightly")'
    } >>"$work/a checkout/build/ci/CTestTestfile.cmake"
}
tests_run() { sed -n 's/.*: \([^ ]*\) \.\.*  *Passed.*/\1/p' <<<"$output" | sort -u | paste -s -d ' '; }

test_what_is_nightly_runs_when_it_is_asked_for() {
    tests_on_kernels
    expect 0 run_tests_in_checkout
    [[ $(tests_run) == 'flaky kmod.failures kmod.on_6.1 kmod.on_6.12 steady' ]] || fail "$(tests_run)"
    grep -qx 'kernels 6.1 6.12' "$work/log" || fail "$(cat "$work/log")"
    expect 0 run_tests_in_checkout --nightly
    [[ $(tests_run) == 'kmod.on_7.2 kmod.on_newest' ]] || fail "$(tests_run)"
    expect 0 run_tests_in_checkout --label kmod
    [[ $(tests_run) == 'kmod.failures kmod.on_6.1 kmod.on_6.12' ]] || fail "$(tests_run)"
}

test_vm_test_runs_everything_on_the_kernel_that_is_named() {
    local rxlab="$work/a checkout/rxlab"
    tests_on_kernels
    expect 0 env PATH="$work/bin:$PATH" "$BASH" "$rxlab" vm test --kernel newest
    [[ $(tests_run) == 'kmod.failures kmod.on_7.2 kmod.on_newest' ]] || fail "$(tests_run)"
    expect 0 env PATH="$work/bin:$PATH" "$BASH" "$rxlab" vm test --kernel=7.2
    [[ $(tests_run) == 'kmod.failures kmod.on_7.2' && $output == *'cmake --preset ci -D RXLAB_MORE_KERNELS=7.2'* ]] ||
        fail "$(tests_run), $output"
    grep -qx 'kernels 6.1 6.12 7.2' "$work/log" || fail "$(cat "$work/log")"
    expect 2 env PATH="$work/bin:$PATH" "$BASH" "$rxlab" vm test --kernel latest
}

test_slides_without_a_result_takes_the_reference_and_says_so() {
    checkout
    mkdir -p "$work/a checkout/slides"
    printf '#!/bin/sh\necho "render $*"\n' >"$work/a checkout/slides/render"
    chmod 755 "$work/a checkout/slides/render"
    expect 0 "$work/a checkout/rxlab" slides
    expect_output 'rxlab: nothing was measured in *; from docs/reference
render --pdf */a checkout/docs/reference/result.json */a checkout/build/slides.html
rxlab: wrote */a checkout/build/slides.html'
}

run_claims
