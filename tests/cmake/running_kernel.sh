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
[ "$1" != --list ] || { printf '6.1: x\n6.12: x\n'; exit; }
printf 'release=%s.0-9-amd64\nheaders=/headers/%s\n' "$1" "$1"
END
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

configure() { # RUNNING HEADERS
    rm -rf "$work/build"
    expect 0 cmake -G Ninja -S "$work" -B "$work/build" -D RUNNING="$1" -D RXLAB_RUNNING_HEADERS="$2"
}
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

run_claims
