#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What ./rxlab promises before it builds anything. Machines with other packages or without sudo are
# folders of stand-in programs on the PATH.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
rxlab=$RXLAB_SOURCE_DIR/rxlab
packages=$RXLAB_SOURCE_DIR/host/packages
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

# The first name of each.
all_packages() { sed -n -E 's/^(run|test|vm)[?]? +([^ |]+).*/\2/p' "$RXLAB_SOURCE_DIR/debian-packages"; }

# A machine on which every package is installed but those named, with kernels for guests; what it is asked to
# do is in $work/log.
machine() { # MISSING…
    local name
    rm -rf "${work:?}"/*
    mkdir -p "$work/bin" "$work/cache/kernels/6.1" "$work/cache/kernels/6.12"
    export RXLAB_CACHE=$work/cache
    for name in bash cat date dirname env grep id ls mv nproc readlink sed sort; do
        ln -s "$(command -v "$name")" "$work/bin/$name"
    done
    all_packages | grep -Fvx -f <(printf '%s\n' '#none' "$@") |
        sed 's/$/ installed/' >"$work/installed"
    stand_in dpkg-query "cat $work/installed"
    stand_in apt-cache 'echo "  Candidate: 1"'
    stand_in apt-get "echo apt-get \"\$@\" >>$work/log"
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
    for name in setup demo test bench decide slides docs vm doctor tune; do
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
    expect_output 'rxlab: every package for the test is installed'
    expect 0 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: every package for the demo is installed'
    [[ ! -e $work/log ]] || fail "it called $(cat "$work/log")"
}

test_setup_check_names_what_is_missing_and_what_is_lost_and_installs_nothing() {
    machine g++ pandoc tshark
    expect 1 on_machine "$rxlab" setup --check --for test
    expect_output 'rxlab: not installed: g++ pandoc tshark
rxlab: pandoc: not installed; optional; without it: no slides, *
rxlab: tshark: not installed; optional; without it: its tests are skipped
rxlab: install g++: not installed; run: ./rxlab setup --for test'
    expect 1 on_machine "$rxlab" setup --check
    expect_output 'rxlab: not installed: g++ pandoc
*'
    [[ ! -e $work/log ]] || fail "it called $(cat "$work/log")"
}

test_setup_check_is_content_where_only_optional_packages_are_missing() {
    machine pandoc
    expect 0 on_machine "$rxlab" setup --check
    expect_output $'rxlab: not installed: pandoc\nrxlab: pandoc: not installed; optional; *'
}

test_setup_check_names_the_kernels_that_are_not_there() {
    machine
    rm -r "$work/cache/kernels/6.12"
    expect 1 on_machine "$rxlab" setup --check --for test
    expect_output $'*\nrxlab: not installed: kernel-6.12'
    expect 0 on_machine "$rxlab" setup --check
}

test_of_alternatives_one_is_enough() {
    machine pkg-config
    echo 'pkgconf installed' >>"$work/installed"
    expect 0 on_machine "$rxlab" setup --check
    expect_output 'rxlab: every package for the demo is installed'
}

test_of_alternatives_the_first_that_apt_knows_is_installed() {
    machine gnuplot-nox
    stand_in apt-cache '[ "$3" != gnuplot-nox ] && echo "  Candidate: 1" || echo "  Candidate: (none)"'
    chmod 777 "$work"
    stand_in sudo 'exec "$@"'
    expect 0 on_machine_as_user "$rxlab" setup
    output=$(cat "$work/log")
    expect_output 'apt-get * install --yes --no-install-recommends gnuplot-qt'
}

test_a_guest_needs_its_packages_and_no_others() {
    need_open_clone
    machine pandoc zstd
    chmod 777 "$work"
    stand_in sudo 'echo "sudo $*" >>'"$work/log"
    expect 2 on_machine_as_user "$rxlab" vm run
    expect_output $'rxlab: installing zstd\nvm: run needs a command; see: vm --help'
    output=$(cat "$work/log")
    expect_output 'sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends zstd'
}

test_setup_without_root_or_sudo_gives_the_command_in_its_last_line() {
    need_open_clone
    machine pandoc g++
    expect 1 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: pandoc: neither root nor sudo here; optional; without it: no slides*
rxlab: install g++: neither root nor sudo here; ask the administrator to run: apt-get install --no-install-recommends g++ pandoc'
    machine g++
    expect 1 on_machine_as_user "$rxlab" setup
    [[ $output != *$'\n'* ]] || fail "more than one line: $output"
}

test_setup_without_rights_goes_on_where_only_optional_packages_are_missing() {
    machine pandoc
    expect 0 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: pandoc: neither root nor sudo here; optional; without it: *
rxlab: ask the administrator to run: apt-get install --no-install-recommends pandoc'
}

test_setup_as_a_user_installs_through_sudo_and_says_what() {
    need_open_clone
    machine pandoc
    chmod 777 "$work"
    stand_in sudo 'echo "sudo $*" >>'"$work/log"'; exec "$@"'
    expect 0 on_machine_as_user "$rxlab" setup
    expect_output 'rxlab: installing pandoc'
    output=$(cat "$work/log")
    expect_output 'sudo env DEBIAN_FRONTEND=noninteractive apt-get * install --yes --no-install-recommends pandoc*'
}

# apt-get that installs all but these, and nothing where one of these is among others.
apt_without() { # NAME…
    stand_in apt-get "echo apt-get \"\$@\" >>$work/log
for bad in $*; do case \" \$* \" in *\" install \"*\" \$bad \"*) echo \"E: \$bad\" >&2; exit 100 ;; esac; done"
}

test_one_package_that_does_not_come_leaves_the_others() {
    machine pandoc tshark shellcheck
    apt_without tshark
    chmod 777 "$work"
    stand_in sudo 'exec "$@"'
    expect 3 on_machine_as_user "$packages" --for test
    expect_output '*rxlab: tshark: apt-get could not install it; optional; without it: its tests are skipped'
    output=$(cat "$work/log")
    expect_output '* install --yes --no-install-recommends pandoc tshark shellcheck
*update
* install --yes --no-install-recommends pandoc tshark shellcheck
* install --yes --no-install-recommends pandoc
* install --yes --no-install-recommends tshark
* install --yes --no-install-recommends shellcheck'
}

test_a_required_package_that_does_not_come_is_one_clear_error() {
    machine g++ pandoc
    apt_without g++
    chmod 777 "$work"
    stand_in sudo 'exec "$@"'
    expect 1 on_machine_as_user "$rxlab" setup
    expect_output '*
rxlab: install g++: apt-get could not install it; apt-get says why above; then again: ./rxlab setup'
    [[ $(cat "$work/log") == *'recommends pandoc' ]] || fail "pandoc was not tried: $(cat "$work/log")"
}

test_a_name_that_apt_does_not_know_is_named_with_what_is_lost_and_the_others_are_installed() {
    machine g++ pandoc tshark
    stand_in apt-cache '[ "$3" = pandoc ] && echo "  Candidate: 1"'
    chmod 777 "$work"
    stand_in sudo 'exec "$@"'
    expect 1 on_machine_as_user "$rxlab" setup --for test
    expect_output 'rxlab: installing pandoc
rxlab: tshark: no such package in the lists of apt; optional; without it: its tests are skipped
rxlab: install g++: no such package in the lists of apt; is the suite too old, *'
    [[ $(cat "$work/log") == *'recommends pandoc' ]] || fail "pandoc was not installed: $(cat "$work/log")"
}

test_lists_that_cannot_be_updated_are_used_as_they_are() {
    machine pandoc tshark
    stand_in apt-cache '[ "$3" = pandoc ] && echo "  Candidate: 1"'
    stand_in apt-get "echo apt-get \"\$@\" >>$work/log; case \" \$* \" in *' update '*) exit 100 ;; esac"
    chmod 777 "$work"
    stand_in sudo 'exec "$@"'
    expect 3 on_machine_as_user "$packages" --for test
    expect_output 'rxlab: apt-get update failed: going on with the lists that are here
rxlab: installing pandoc
rxlab: tshark: no such package in the lists of apt; optional; *'
}

test_setup_updates_the_lists_only_where_a_package_is_not_in_them() {
    need_open_clone
    chmod 777 "$work"
    machine pandoc
    stand_in sudo 'exec "$@"'
    stand_in apt-cache "[ -e $work/updated ] && echo '  Candidate: 1' || echo '  Candidate: (none)'"
    stand_in apt-get "echo apt-get \"\$@\" >>$work/log; case \" \$* \" in *' update '*) echo >$work/updated ;; esac"
    expect 0 on_machine_as_user "$rxlab" setup
    output=$(cat "$work/log")
    expect_output $'apt-get * update\napt-get * install *'
    machine pandoc
    stand_in sudo 'exec "$@"'
    expect 0 on_machine_as_user "$rxlab" setup
    [[ $(cat "$work/log") != *update* ]] || fail "$(cat "$work/log")"
}

test_setup_leaves_an_npm_of_another_origin_alone() {
    machine npm
    expect 0 on_machine "$rxlab" setup --check
    expect_output 'rxlab: not installed: npm*'
    stand_in npm true
    expect 0 on_machine "$rxlab" setup --check
    expect_output 'rxlab: every package for the demo is installed'
}

test_setup_without_apt_names_the_lists() {
    machine
    rm "$work/bin/apt-get"
    expect 1 on_machine "$rxlab" setup
    expect_output "*no apt-get here; the packages are named in */debian-packages, and for other distributions in */docs/distributions.md"
}

test_every_optional_package_says_what_is_lost_without_it() {
    local line
    while IFS= read -r line; do
        [[ $line != *'?'* || $line == *'; without it: '* ]] || fail "$line"
    done < <(grep -E '^(run|test|vm)' "$RXLAB_SOURCE_DIR/debian-packages")
}

# A checkout of its own: only what is needed to get as far as building.
checkout() {
    machine
    mkdir -p "$work/a checkout/host" "$work/a checkout/bench"
    cp "$RXLAB_SOURCE_DIR/rxlab" "$RXLAB_SOURCE_DIR/debian-packages" "$work/a checkout"
    cp "$RXLAB_SOURCE_DIR/bench/newest-result" "$work/a checkout/bench"
    cp "$RXLAB_SOURCE_DIR/host/packages" "$work/a checkout/host"
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
    cp "$RXLAB_SOURCE_DIR/tests/summary.py" "$top/tests"
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

test_without_installing_test_builds_what_is_there_and_says_what_was_left_out() {
    tests_in_checkout
    stand_in apt-get "echo apt-get \"\$@\" >>$work/log"
    stand_in cmake 'case "$*" in *RXLAB_WITH_DPDK_RX=AUTO*RXLAB_WITH_KERNEL=AUTO*) echo "DPDK receiver: left out: apt-get install libdpdk-dev" >build/ci/parts.txt ;; esac'
    sed -i '/^pandoc/d' "$work/installed"
    expect 0 run_tests_in_checkout --no-install
    expect_output $'*passed, 0 failed, 0 skipped\nLEFT OUT DPDK receiver not built, and not tested: apt-get install libdpdk-dev'
    [[ ! -e $work/log ]] || fail "it called $(cat "$work/log")"
    # With every package there is nothing to leave out: a part that does not build is an error.
    rm "$work/a checkout/build/ci/parts.txt"
    echo 'pandoc installed' >>"$work/installed"
    expect 0 run_tests_in_checkout
    [[ $output != *'LEFT OUT'* ]] || fail "$output"
}

# Programs of a build that measure nothing.
test_a_demo_without_pandoc_ends_with_its_tables() {
    checkout
    local top="$work/a checkout"
    mkdir -p "$top/build/release/bin" "$top/testbed/veth"
    stand_in rxbench 'while [ $# -gt 0 ]; do [ "$1" != --output ] || mkdir -p "$2/traces" && [ -z "$2" ] || out=$2; shift; done'
    stand_in veth ':'
    mv "$work/bin/rxbench" "$top/build/release/bin"
    mv "$work/bin/veth" "$top/testbed/veth"
    local name
    for name in realpath rm; do ln -s "$(command -v "$name")" "$work/bin/$name"; done
    mkdir -p "$work/out/traces"
    expect 0 on_machine "$top/rxlab" demo --no-install --output "$work/out"
    expect_output $'*rxlab: no slides: pandoc is not installed; apt-get install pandoc, then: ./rxlab slides\n*tables.md\n*'
}

test_slides_without_a_result_takes_the_reference_and_says_so() {
    checkout
    mkdir -p "$work/a checkout/slides"
    printf '#!/bin/sh\necho "render $*"\n' >"$work/a checkout/slides/render"
    chmod 755 "$work/a checkout/slides/render"
    expect 0 "$work/a checkout/rxlab" slides
    expect_output 'rxlab: no result to show in *; from docs/reference
render --pdf */a checkout/docs/reference/result.json */a checkout/build/slides.html
rxlab: wrote */a checkout/build/slides.html'
}

test_ccache_is_used_where_it_is_installed_and_may_write() {
    machine
    ln -s "$(command -v mkdir)" "$work/bin/mkdir"
    stand_in ccache :
    stand_in cmake "echo \"launcher \${CMAKE_CXX_COMPILER_LAUNCHER:-none}, base \${CCACHE_BASEDIR:-none}\"; exit 1"
    local without=(env -u CMAKE_CXX_COMPILER_LAUNCHER -u CCACHE_BASEDIR -u CCACHE_DIR -u XDG_CACHE_HOME)
    expect 1 "${without[@]}" HOME="$work" PATH="$work/bin" "$BASH" "$rxlab" bench
    expect_output "launcher ccache, base $RXLAB_SOURCE_DIR*"
    expect 1 "${without[@]}" -u HOME PATH="$work/bin" "$BASH" -c 'mkdir() { printf "makes %s\n" "${@: -1}"; return 1; }
        export -f mkdir; exec "$BASH" "$0" bench' "$rxlab"
    expect_output "makes $(getent passwd "$(id -u)" | cut -d: -f6)/.cache/ccache*launcher none*"
    : >"$work/file"
    expect 1 "${without[@]}" HOME="$work/file" PATH="$work/bin" "$BASH" "$rxlab" bench
    expect_output 'launcher none*'
    rm "$work/bin/ccache"
    expect 1 "${without[@]}" HOME="$work" PATH="$work/bin" "$BASH" "$rxlab" bench
    expect_output 'launcher none*'
}

run_claims
