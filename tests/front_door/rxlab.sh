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
    chmod 777 "$work/cache"
    export RXLAB_CACHE=$work/cache
    for name in bash cat date dirname env grep id ls mkdir mktemp mv nproc paste readlink sed sort tail; do
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
    for name in setup demo test bench decide slides docs vm lab doctor tune; do
        [[ $output == *$'\n'"  $name "* ]] || fail "no $name in: $output"
    done
}

# A machine without any package: whoever installs or builds is seen.
test_help_version_and_usage_errors_come_before_anything_is_installed_or_built() {
    local line name
    mapfile -t < <(all_packages)
    machine "${MAPFILE[@]}"
    stand_in sudo 'echo "sudo $*" >>'"$work/log"
    stand_in cmake "echo cmake >>$work/log"
    for line in demo bench slides docs test vm 'vm shell' 'vm run' 'vm status' 'vm bench' 'vm counts' 'vm timeline' 'vm test' 'vm debug-kernel' lab doctor tune setup; do
        # shellcheck disable=SC2086 # words
        expect 0 on_machine "$rxlab" $line --help
        name=${line##* }
        [[ ${output,,} == usage:*./rxlab*"$name"* && $output == *'--help'* ]] || fail "$line --help: $output"
        # shellcheck disable=SC2086 # words
        expect 0 on_machine "$rxlab" $line --version
        expect_output 'rxlab [0-9]* (*)'
        # shellcheck disable=SC2086 # words
        expect 2 on_machine "$rxlab" $line --hepl
        expect_output "*--hepl; did you mean --help? see: ./rxlab *--help"
        [[ $output != *$'\n'* ]] || fail "more than a line: $output"
    done
    [[ ! -e $work/log ]] || fail "it called $(cat "$work/log")"
}

test_a_typing_error_is_answered_with_what_there_is() {
    local words expected
    while IFS='|' read -r words expected; do
        # shellcheck disable=SC2086 # words
        expect 2 "$rxlab" $words
        expect_output "rxlab: $expected --help"
    done <<'END'
dmeo|unknown command dmeo; did you mean demo? see: ./rxlab
vm bnech|vm: unknown command bnech; did you mean bench? see: ./rxlab vm
vm run --kernl 6.1 true|vm run: unknown option --kernl; did you mean --kernel? see: ./rxlab vm run
vm run --accel kmv true|vm run: --accel kmv: not one of auto, kvm, tcg; did you mean kvm? see: ./rxlab vm run
vm test --kernel newst|vm test: --kernel needs the name of a kernel, not 'newst'; did you mean newest? see: ./rxlab vm test
bench --roudns 3|bench: unknown option --roudns; did you mean --rounds? see: ./rxlab bench
bench --receiver kernel-spni|bench: --receiver kernel-spni: not one of *; did you mean kernel-spin? see: ./rxlab bench
bench --scenario=mulit|bench: --scenario mulit: not one of single, multi; did you mean multi? see: ./rxlab bench
bench --testbed moon|bench: --testbed moon: not one of veth, shm, nic, vm; see: ./rxlab bench
decide --p99us 50|decide: unknown option --p99us; did you mean --p99-us? see: ./rxlab decide
test --label=kmdo|test: --label kmdo: not one of *; did you mean kmod? see: ./rxlab test
test --in trxie|test: --in trxie: not one of bookworm, trixie, forky; did you mean trixie? see: ./rxlab test
setup --for=tset|setup: --for tset: not one of demo, test, vm, lab; did you mean test? see: ./rxlab setup
demo --quick=yes|demo: --quick takes no value; see: ./rxlab demo
demo fast|demo: unexpected argument: fast; see: ./rxlab demo
help dmeo|unknown command dmeo; did you mean demo? see: ./rxlab
compare|compare is a command of rxbench; see: build/release/bin/rxbench compare
END
    expect 2 "$rxlab" doctor hugepages
    expect_output 'doctor: unknown check: hugepages; did you mean huge-pages? see: ./rxlab doctor --help'
    expect 2 "$rxlab" tune --dry-rnu
    expect_output 'tune: unexpected argument: --dry-rnu; did you mean --dry-run? see: ./rxlab tune --help'
}

test_help_is_a_command_too() {
    local overview
    overview=$("$rxlab" --help)
    expect 0 "$rxlab" help
    [[ $output == "$overview" ]] || fail "not the overview: $output"
    expect 0 "$rxlab" help vm bench
    expect_output 'Usage: ./rxlab vm bench*'
}

test_bench_and_decide_know_what_rxbench_takes() {
    local rxbench=${RXLAB_BINARY_DIR:-none}/bin/rxbench
    [[ -x $rxbench ]] || skip 'rxbench is not built'
    local command
    for command in run decide; do
        "$rxbench" "$command" --help | diff "$RXLAB_SOURCE_DIR/front_door/rxbench-$command.help" - ||
            fail "write it anew: build/ci/bin/rxbench $command --help >front_door/rxbench-$command.help"
    done
}

test_it_names_rxbench_for_what_rxbench_does() {
    local rxbench=${RXLAB_BINARY_DIR:-none}/bin/rxbench name
    [[ -x $rxbench ]] || skip 'rxbench is not built'
    for name in $("$rxbench" --help | sed -n '/^Commands:$/,/^$/s/^  \([a-z]*\)  .*/\1/p'); do
        [[ $name != run && $name != decide ]] || continue # bench, decide
        expect 2 "$rxlab" "$name"
        expect_output "rxlab: $name is a command of rxbench; see: *"
    done
}

# By a pattern that completions and man pages use, too.
test_help_lists_the_commands_that_there_are() {
    local top=$RXLAB_SOURCE_DIR
    # shellcheck source=../../front_door/help.sh
    . "$top/front_door/help.sh"
    names() { sed -n '/^Commands:$/,/^$/s/^  \([a-z][a-z-]*\)  .*/\1/p' | sort | paste -s -d ' '; }
    [[ $(overview | names) == $(printf '%s\n' "${commands[@]}" | grep -vx help | sort | paste -s -d ' ') ]]
    [[ $(help_of vm | names) == $(printf '%s\n' "${vm_commands[@]}" | sort | paste -s -d ' ') ]]
}

test_a_guests_command_has_its_own_options() {
    . "$RXLAB_SOURCE_DIR/front_door/terminal.sh"
    . "$RXLAB_SOURCE_DIR/front_door/help.sh"
    # shellcheck disable=SC2034 # help.sh has them from the front door
    local top=$RXLAB_SOURCE_DIR me=./rxlab
    wrong_usage() { fail "$1"; }
    check_words 'vm run' --cores 2 --iommu ls --help
    check_words 'vm run' --cores=2 -- --strange
}

test_an_unknown_subcommand_or_option_ends_with_2() {
    expect 2 "$rxlab" benchmark
    expect_output 'rxlab: unknown command benchmark; see: ./rxlab --help'
    expect 2 "$rxlab" setup --for dinner
    expect 2 "$rxlab" demo --slow
    expect 2 "$rxlab" demo --output
    expect 2 "$rxlab" test --label
    expect 2 "$rxlab" slides -o
    expect 2 "$rxlab" slides --fast
    expect 2 "$rxlab" docs -o
    expect 2 "$rxlab" docs --fast
    expect 2 "$rxlab" test --weekly
    expect 2 "$rxlab" vm test --kernel latest
    expect_output "rxlab: vm test: --kernel needs the name of a kernel, not 'latest'; see: ./rxlab vm test --help"
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
    expect_output $'rxlab: installing zstd, log in *\nvm: run needs a command; see: vm --help'
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
    expect_output 'rxlab: installing pandoc, log in *'
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
    expect_output '*--- the end of */apt*.log ---
*E: g++
*
rxlab: install g++: apt-get could not install it; apt-get says why above; all of it: */apt*.log; then again: ./rxlab setup'
    [[ $(cat "$work/log") == *'recommends pandoc' ]] || fail "pandoc was not tried: $(cat "$work/log")"
}

test_a_name_that_apt_does_not_know_is_named_with_what_is_lost_and_the_others_are_installed() {
    machine g++ pandoc tshark
    stand_in apt-cache '[ "$3" = pandoc ] && echo "  Candidate: 1"'
    chmod 777 "$work"
    stand_in sudo 'exec "$@"'
    expect 1 on_machine_as_user "$rxlab" setup --for test
    expect_output 'rxlab: looking for newer lists of packages
rxlab: installing pandoc, log in *
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
    expect_output 'rxlab: looking for newer lists of packages
rxlab: apt-get update failed: going on with the lists that are here; see *
rxlab: installing pandoc, log in *
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
    cp -r "$RXLAB_SOURCE_DIR/rxlab" "$RXLAB_SOURCE_DIR/debian-packages" "$RXLAB_SOURCE_DIR/front_door" "$work/a checkout"
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

# What cmake said is in the log; the last lines of it are shown where it fails.
test_a_build_is_one_line_and_a_failed_one_shows_the_end_of_its_log() {
    checkout
    local top="$work/a checkout"
    mkdir -p "$top/build/release/bin"
    stand_in rxbench 'echo "measures $*"'
    mv "$work/bin/rxbench" "$top/build/release/bin"
    expect 0 on_machine "$top/rxlab" bench --output "$work/out"
    expect_output "rxlab: building (preset release), log in $top/build/release/rxlab.log
measures run --output $work/out"
    grep -qx 'cmake --build --preset release --parallel [0-9]*' "$top/build/release/rxlab.log"
    stand_in cmake 'for i in $(seq 60); do echo "line $i"; done; echo "x.cpp:1: error: no"; exit 1'
    ln -s "$(command -v seq)" "$work/bin/seq"
    expect 1 on_machine "$top/rxlab" bench
    expect_output "*--- the end of $top/build/release/rxlab.log ---
line 22
*x.cpp:1: error: no
---
rxlab: build preset release: failed; the log: $top/build/release/rxlab.log"
    [[ $output != *$'\nline 21\n'* && $(grep -c line "$top/build/release/rxlab.log") == 60 ]]
}

# script(1) is a terminal; its lines end with \r\n.
on_terminal() { # SHELL COMMAND
    command -v script >/dev/null || skip 'script is not installed (apt-get install bsdutils)'
    TERM=xterm script --quiet --return --command "$1" /dev/null </dev/null
}

test_on_a_terminal_one_line_shows_how_far_it_is_and_goes_away() {
    machine
    printf '#!/bin/bash\n. %q\nsteps() { echo "[1/2] one"; echo "[2/2] two"; return $1; }\nquietly %q steps $1\n' \
        "$RXLAB_SOURCE_DIR/front_door/terminal.sh" "$work/steps.log" >"$work/steps"
    expect 0 on_terminal "bash $work/steps 0"
    expect_output $'\r\e[[]K  [[]1/2] one\r\e[[]K  [[]2/2] two\r\e[[]K'
    [[ $(<"$work/steps.log") == $'[1/2] one\n[2/2] two' ]]
    expect 3 on_terminal "bash $work/steps 3"
}

test_colours_are_for_terminals_and_for_those_who_want_them() {
    local helper=". $RXLAB_SOURCE_DIR/front_door/terminal.sh; coloured 1 red word"
    expect 0 on_terminal "bash -c '$helper'"
    expect_output $'\e[[]31mword\e[[]0m'
    expect 0 on_terminal "NO_COLOR=1 bash -c '$helper'"
    expect_output 'word'
    expect 0 bash -c "$helper"
    expect_output 'word'
    expect 2 on_terminal "$RXLAB_SOURCE_DIR/rxlab dmeo"
    expect_output $'\e[[]31mrxlab:\e[[]0m unknown command dmeo*'
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
    [[ $(tests_run) == 'kmod.failures kmod.on_7.2' ]] || fail "$(tests_run), $output"
    grep -qx 'cmake --preset ci -D RXLAB_MORE_KERNELS=7.2' "$work/a checkout/build/ci/rxlab.log"
    grep -qx 'kernels 6.1 6.12 7.2' "$work/log" || fail "$(cat "$work/log")"
    expect 2 env PATH="$work/bin:$PATH" "$BASH" "$rxlab" vm test --kernel latest
}

test_vm_debug_kernel_has_it_built() {
    tests_in_checkout
    expect 0 env PATH="$work/bin:$PATH" "$BASH" "$work/a checkout/rxlab" vm debug-kernel
    [[ $(tail -n 1 "$work/log") == 'kernels debug' ]] || fail "$(cat "$work/log")"
    expect 2 env PATH="$work/bin:$PATH" "$BASH" "$work/a checkout/rxlab" vm debug-kernel again
    expect_output 'rxlab: vm debug-kernel: unexpected argument: again; see: ./rxlab vm debug-kernel --help'
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

# Programs of a build that measure nothing; rxbench logs its commands, and `load` ends with the status in $work/load.
demo_on_machine() {
    local top="$work/a checkout" name
    checkout
    mkdir -p "$top/build/release/bin" "$top/testbed/veth"
    stand_in rxbench "echo \"rxbench \$1\" >>'$work/log'"'; [ "$1" != load ] || exit "$(cat '"'$work/load'"')"
        while [ $# -gt 0 ]; do [ "$1" != --output ] || mkdir -p "$2/traces"; shift; done'
    stand_in veth ':'
    mv "$work/bin/rxbench" "$top/build/release/bin"
    mv "$work/bin/veth" "$top/testbed/veth"
    for name in mkdir realpath rm; do ln -s "$(command -v "$name")" "$work/bin/$name"; done
    echo "${1:-0}" >"$work/load"
    on_machine "$top/rxlab" demo --no-install --output "$work/out"
}

test_a_demo_without_pandoc_ends_with_its_tables() {
    expect 0 demo_on_machine
    expect_output $'*rxlab: no slides: pandoc is not installed; apt-get install pandoc, then: ./rxlab slides\n*tables.md\n*'
    [[ $(cat "$work/log") == $'rxbench load\nrxbench run\nrxbench sins' ]] || fail "$(cat "$work/log")"
}

test_a_demo_goes_on_where_the_load_sweep_fails_and_ends_where_it_is_interrupted() {
    expect 1 demo_on_machine 1
    expect_output $'*rxlab: no load sweep: see above; the rest goes on\n*tables.md\n*'
    [[ $(cat "$work/log") == *$'\nrxbench run\n'* ]] || fail "$(cat "$work/log")"
    expect 130 demo_on_machine 130
    [[ $(cat "$work/log") == 'rxbench load' ]] || fail "$(cat "$work/log")"
}

# Standard output apart from standard error, which has what people read.
test_with_json_demo_and_bench_print_the_document_and_nothing_else() {
    local top="$work/a checkout" document
    expect 0 demo_on_machine
    stand_in rxbench 'while [ $# -gt 0 ]; do
            [ "$1" != --output ] || { mkdir -p "$2/traces"; [ -e "$2/result.json" ] || echo "{}" >"$2/result.json"; }
            [ "$1" != --json ] || echo "{\"of\": \"rxbench\"}"; shift; done'
    mv "$work/bin/rxbench" "$top/build/release/bin"
    document=$(on_machine "$top/rxlab" demo --no-install --json --output "$work/out" 2>"$work/people")
    [[ $document == '{}' ]] || fail "demo: $document"
    grep -q 'tables.md' "$work/people" || fail "$(cat "$work/people")"
    document=$(on_machine "$top/rxlab" bench --json 2>"$work/people")
    [[ $document == '{"of": "rxbench"}' ]] || fail "bench: $document"
    grep -q 'rxlab: building' "$work/people" || fail "$(cat "$work/people")"
}

test_slides_without_a_result_takes_the_reference_and_says_so() {
    checkout
    mkdir -p "$work/a checkout/slides"
    printf '#!/bin/sh\necho "render $*"\n' >"$work/a checkout/slides/render"
    chmod 755 "$work/a checkout/slides/render"
    expect 0 "$work/a checkout/rxlab" slides
    expect_output 'rxlab: no result to show in *; from docs/reference
render --notes --aspect 16:9 */a checkout/docs/reference/result.json */a checkout/build/slides.html
rxlab: wrote */a checkout/build/slides.html'
    expect 0 "$work/a checkout/rxlab" slides --aspect=4:3
    expect_output '*render --notes --aspect 4:3 *'
    expect 2 "$work/a checkout/rxlab" slides --aspect 5:4
    expect_output '*--aspect is 16:9 or 4:3, not 5:4*'
}

# slides and docs, which print what they are asked for.
renderers_in_checkout() {
    local top="$work/a checkout"
    checkout
    mkdir -p "$top/slides" "$top/docs/site"
    printf '#!/bin/sh\necho "render $*"\n' >"$top/slides/render"
    printf '#!/bin/sh\necho "site $*"\n' >"$top/docs/site/build"
    chmod 755 "$top/slides/render" "$top/docs/site/build"
    for name in ln python3; do ln -s "$(command -v "$name")" "$work/bin/$name"; done
}
slides_on_machine() { on_machine "$work/a checkout/rxlab" slides "$@"; }
docs_on_machine() { on_machine "$work/a checkout/rxlab" docs "$@"; }

test_slides_and_docs_install_what_they_need() {
    local what
    for what in slides docs; do
        renderers_in_checkout
        sed -i -e '/^pandoc /d' -e '/^npm /d' "$work/installed"
        stand_in apt-get "echo apt-get \"\$@\" >>$work/log; ln -sf '$(type -P true)' $work/bin/pandoc; ln -sf '$(type -P true)' $work/bin/npm"
        expect 0 as_root_or_sudo "$what"
        expect_output $'rxlab: installing pandoc npm, log in *\n*'
        [[ $(cat "$work/log") == *'install --yes --no-install-recommends pandoc npm' ]] || fail "$what: $(cat "$work/log")"
        # Another time there is nothing to do, and nothing to say about it.
        rm "$work/log"
        expect 0 as_root_or_sudo "$what"
        [[ ! -e $work/log && $output != *install* ]] || fail "$what again: $output"
    done
}
as_root_or_sudo() { # slides|docs
    ((EUID == 0)) || stand_in sudo 'exec "$@"'
    "$1_on_machine" -o "$work/out.html"
}

test_slides_and_docs_refuse_in_one_line_what_they_may_not_install() {
    local what
    for what in slides docs; do
        renderers_in_checkout
        expect 1 "${what}_on_machine" --no-install
        expect_output 'rxlab: no slides: pandoc is not installed; apt-get install pandoc, then: ./rxlab slides'
        ln -s "$(type -P true)" "$work/bin/pandoc"
        expect 1 "${what}_on_machine" --no-install
        expect_output 'rxlab: no slides: npm is not installed; apt-get install npm, then: ./rxlab slides'
        [[ ! -e $work/log ]] || fail "$what called $(cat "$work/log")"
    done
}

test_ccache_is_used_where_it_is_installed_and_may_write() {
    machine
    stand_in ccache :
    stand_in cmake "echo \"launcher \${CMAKE_CXX_COMPILER_LAUNCHER:-none}, base \${CCACHE_BASEDIR:-none}\"; exit 1"
    local without=(env -u CMAKE_CXX_COMPILER_LAUNCHER -u CCACHE_BASEDIR -u CCACHE_DIR -u XDG_CACHE_HOME)
    expect 1 "${without[@]}" HOME="$work" PATH="$work/bin" "$BASH" "$rxlab" bench
    expect_output "*launcher ccache, base $RXLAB_SOURCE_DIR*"
    expect 1 "${without[@]}" -u HOME PATH="$work/bin" "$BASH" -c 'mkdir() { [[ $* == *ccache ]] || { command mkdir "$@"; return; }; printf "makes %s\n" "${@: -1}"; return 1; }
        export -f mkdir; exec "$BASH" "$0" bench' "$rxlab"
    expect_output "makes $(getent passwd "$(id -u)" | cut -d: -f6)/.cache/ccache*launcher none*"
    : >"$work/file"
    expect 1 "${without[@]}" HOME="$work/file" PATH="$work/bin" "$BASH" "$rxlab" bench
    expect_output '*launcher none*'
    rm "$work/bin/ccache"
    expect 1 "${without[@]}" HOME="$work" PATH="$work/bin" "$BASH" "$rxlab" bench
    expect_output '*launcher none*'
}

run_claims
