#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# For which kernels modules are built: those of the guests, and the running one, each release once. A project of its
# own, with a stand-in for testbed/vm/kernels, is configured; nothing is compiled.
# shellcheck source=../claims.sh
. "$RXLAB_SOURCE_DIR/tests/claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/testbed/vm" "$work/chardev" "$work/headers"
: >"$work/headers/Makefile"
cp "$RXLAB_SOURCE_DIR/kernel/chardev/files.mk" "$work/chardev"
cat >"$work/testbed/vm/kernels" <<'END'
#!/bin/sh
case $1 in
    --list) cat "${0%/*}/cached" ;;
    --names) printf '6.1\n6.12\n'; [ "${2:-}" = ci ] || echo newest ;;
    newest | 7.3) printf 'release=7.3.0-9-amd64\nheaders=/headers/7.3\n' ;;
    *) printf 'release=%s.0-9-amd64\nheaders=/headers/%s\n' "$1" "$1" ;;
esac
END
: >"$work/testbed/vm/kernels.list"
chmod 755 "$work/testbed/vm/kernels"
cat >"$work/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(kernels LANGUAGES NONE)
set(CMAKE_HOST_SYSTEM_VERSION "\${RUNNING}")
include("$RXLAB_SOURCE_DIR/cmake/RxlabKbuild.cmake")
rxlab_find_kernels()
rxlab_kernel_module(chardev PROGRAMS rxlabctl)
message(STATUS "kernels: \${RXLAB_KERNELS}")
END

configure() { # RUNNING HEADERS [OPTION…]; in the cache are those that $cached names
    rm -rf "$work/build"
    # shellcheck disable=SC2086 # words
    printf '%s: x\n' $cached >"$work/testbed/vm/cached"
    expect 0 cmake -G Ninja -S "$work" -B "$work/build" -D RUNNING="$1" -D RXLAB_RUNNING_HEADERS="$2" "${@:3}"
}
cached='6.1 6.12'
targets() { ninja -C "$work/build" -t targets all | sed -n 's/^\(chardev[^:]*\): phony$/\1/p'; }

test_a_running_kernel_with_headers_gets_a_module() {
    configure 6.9.9-own "$work/headers"
    expect_output '*kernels: 6.1;6.12;running*'
    targets | grep -qx chardev-running
}

test_a_running_kernel_without_headers_is_left_out_and_the_package_named() {
    configure 6.9.9-own "$work/none"
    expect_output '*running kernel are left out: apt-get install linux-headers-6.9.9-own*kernels: 6.1;6.12*'
    [[ $output != *';running'* ]] || fail "$output"
}

test_a_running_kernel_that_is_also_a_guests_is_built_for_once() {
    configure 6.1.0-9-amd64 "$work/headers"
    expect_output '*the running kernel is that of the guests 6.1: one module for both*kernels: 6.1;6.12*'
    [[ $output != *';running'* ]] || fail "$output"
    expect 0 targets # a rule that is there twice is an error of ninja's
}

test_the_kernels_of_nightly_are_used_where_they_are_there() {
    configure 6.9.9-own "$work/none"
    expect_output '*guest kernel newest are left out: not in the cache; fetch it: testbed/vm/kernels newest*kernels: 6.1;6.12*'
    configure 6.9.9-own "$work/none" -D RXLAB_WITH_KERNEL=ON
    expect_output '*guest kernel newest are left out*kernels: 6.1;6.12*'
    cached='6.1 6.12 newest'
    configure 6.9.9-own "$work/none"
    expect_output '*kernels: 6.1;6.12;newest*'
}

test_with_on_the_kernels_of_ci_and_those_asked_for_are_fetched() {
    cached=none
    configure 6.9.9-own "$work/none" -D RXLAB_WITH_KERNEL=ON -D RXLAB_MORE_KERNELS=7.3
    expect_output '*kernels: 6.1;6.12;7.3*'
    configure 6.9.9-own "$work/none"
    expect_output '*kernels: *'
    [[ $output != *'kernels: 6.1;'* ]] || fail "$output"
}

test_two_names_of_one_release_share_its_module() {
    cached='6.1 6.12 newest'
    configure 6.9.9-own "$work/none" -D RXLAB_WITH_KERNEL=ON -D RXLAB_MORE_KERNELS=7.3
    expect_output '*kernels: 6.1;6.12;newest;7.3*'
    expect 0 targets
    expect_output '*chardev-7.3*chardev-newest*'
}

run_claims
