#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What cannot be is said before any guest is started, in one line that names the remedy.
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

test_wrong_usage_ends_with_2() {
    expect 2 "$bed/vm"
    expect 2 "$bed/vm" fly
    expect_output 'vm: unknown command: fly; see: vm --help'
    expect 2 "$bed/vm" run
    expect_output 'vm: run needs a command; see: vm --help'
    expect 2 "$bed/vm" run --cores none -- true
    expect_output 'vm: --cores: not possible: none; see: vm --help'
    expect 2 "$bed/vm" run --accel hvf -- true
    expect 2 "$bed/vm" run --kernel
    expect 2 "$bed/vm" run --speed 3 -- true
    expect 2 "$bed/vm" shell true
    expect 2 "$bed/kernels" --fast
}

test_help_is_help() {
    expect 0 "$bed/vm" --help
    expect_output 'Usage: vm run *'
    expect 0 "$bed/kernels" --help
}

test_an_unknown_kernel_ends_with_125() {
    expect 125 "$bed/vm" run --kernel latest -- true
    expect_output 'vm: find kernel latest: neither 6.1, 6.12, newest, debug nor a Debian version, and no such file or folder; see: *'
    expect 0 "$bed/kernels" --is-name 7.2.12+deb14-amd64
    expect 1 "$bed/kernels" --is-name latest
    expect 1 "$bed/kernels" --is-name ../6.1
    expect 2 "$bed/kernels" --names weekly
    expect 1 "$bed/kernels" "$bed/README.md"
    expect_output "vm: use $bed/README.md as a kernel: not an x86 kernel image"
    expect 1 "$bed/kernels" "$work"
    expect_output "vm: use $work as a kernel: no arch/x86/boot/bzImage and include/config/kernel.release in it; build one: make"
}

test_an_image_without_modules_says_where_they_must_be() {
    image_of 6.6.6-test "$work/vmlinuz"
    expect 1 "$bed/kernels" "$work/vmlinuz"
    expect_output 'vm: find the modules of kernel 6.6.6-test: no folder lib/modules/6.6.6-test; it must be beside the image, *'
    mkdir -p "$work/lib/modules/6.6.6-test"
    expect 1 "$bed/kernels" "$work/vmlinuz"
    expect_output "vm: read $work/lib/modules/6.6.6-test/modules.dep: missing; run: depmod -b '$work' 6.6.6-test"
}

test_an_image_with_modules_is_a_kernel() {
    mkdir -p "$work/own/lib/modules/6.6.6-own" "$work/own/boot" "$work/src"
    image_of 6.6.6-own "$work/own/boot/vmlinuz"
    : >"$work/own/lib/modules/6.6.6-own/modules.dep"
    ln -s "$work/src" "$work/own/lib/modules/6.6.6-own/build"
    expect 0 "$bed/kernels" "$work/own/boot/vmlinuz"
    expect_output "release=6.6.6-own
image=$work/own/boot/vmlinuz
modules=$work/own/lib/modules/6.6.6-own
headers=$work/src"
}

test_a_kernel_build_is_a_kernel_once_its_modules_are_installed() {
    mkdir -p "$work/build/arch/x86/boot" "$work/build/include/config"
    image_of 6.7.0-build "$work/build/arch/x86/boot/bzImage"
    echo 6.7.0-build >"$work/build/include/config/kernel.release"
    expect 1 "$bed/kernels" "$work/build"
    expect_output "*run: make -C '$work/build' modules_install INSTALL_MOD_PATH='$work/build'"
    mkdir -p "$work/build/lib/modules/6.7.0-build"
    : >"$work/build/lib/modules/6.7.0-build/modules.dep"
    expect 0 "$bed/kernels" "$work/build"
    expect_output "release=6.7.0-build
image=$work/build/arch/x86/boot/bzImage
modules=$work/build/lib/modules/6.7.0-build
headers=$work/build"
}

test_a_machine_without_qemu_is_told_what_to_install() {
    only bash env dirname readlink nproc uname
    expect 125 env PATH="$work/only" "$bed/vm" run true
    [[ ! -e /usr/sbin/qemu-system-x86_64 ]] || skip 'QEMU is in /usr/sbin, where vm looks whatever PATH is'
    expect_output 'vm: find the program qemu-system-x86_64: not installed; run ./rxlab setup --for test, or apt-get install qemu-system-x86'
}

test_a_machine_that_cannot_build_the_debug_kernel_is_told_what_to_install() {
    only bash env dirname readlink apt-get dpkg-deb depmod flock setpriv xz zstd make gcc
    expect 1 env PATH="$work/only" "$bed/kernels" debug
    expect_output '*vm: find the program flex: not installed; run ./rxlab setup --for test, or apt-get install flex'
}

test_a_folder_that_the_guest_has_of_its_own_is_refused() {
    stand_in modprobe true
    stand_in busybox 'while read -r name; do echo "$name"; done'
    stand_in qemu-system-x86_64 'exit 1'
    PATH=$work/bin:$PATH
    mkdir -p "$work/any/lib/modules/6.6.6-any"
    image_of 6.6.6-any "$work/any/vmlinuz"
    : >"$work/any/lib/modules/6.6.6-any/modules.dep"
    local run=("$bed/vm" run --accel tcg --kernel "$work/any/vmlinuz")
    cd /proc
    expect 125 "${run[@]}" -- true
    expect_output 'vm: enter /proc: the guest has a /proc, /sys, /dev and /run of its own; run from elsewhere'
    cd "$work"
    expect 125 "${run[@]}" --share-rw "$work/none" -- true
    expect_output "vm: share $work/none: not a folder that we may write"
    expect 125 "${run[@]}" --dmesg "$work/none/log" -- true
    expect_output "*vm: write $work/none/log: see above"
}

test_a_cache_that_cannot_be_written_is_refused() {
    : >"$work/file"
    expect 1 env RXLAB_CACHE="$work/file/cache" "$bed/kernels" 6.1
    expect_output "vm: write $work/file/cache/kernels: not possible; set RXLAB_CACHE to a folder of your own"
}

run_claims
