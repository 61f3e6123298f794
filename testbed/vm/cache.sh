# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Shared by the programs of the virtual machine: the cache folder, which kernels may be in it, and how they fail.

PATH=$PATH:/usr/sbin:/sbin # depmod, modprobe

cache_dir=${RXLAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/rxlab}
[[ $cache_dir == /* ]] || cache_dir=$PWD/$cache_dir
# shellcheck disable=SC2034 # for scripts that source this
kernels_dir=$cache_dir/kernels

# The list of kernels: their names, all or those that are tested then; the suites that have one.
kernel_list=${BASH_SOURCE[0]%/*}/kernels.list
# shellcheck disable=SC2120 # kernels passes it
kernel_names() { # [ci|nightly]
    local name when rest
    while read -r name when rest; do
        [[ -z $name || $name == '#'* || $when == - || $when != "${1:-$when}" ]] || printf '%s\n' "$name"
    done <"$kernel_list"
}
suites_of() { # NAME: one that is not listed may be in any
    local name when suites
    while read -r name when suites; do
        [[ $name == "$1" || $name == any ]] || continue
        printf '%s\n' "$suites"
        return
    done <"$kernel_list"
}
# shellcheck disable=SC2034,SC2119 # for vm
read -r default_kernel < <(kernel_names)

die() {
    printf 'vm: %s\n' "$*" >&2
    exit "${failure_status:-1}"
}

need_program() { # NAME PACKAGE
    command -v "$1" >/dev/null ||
        die "find the program $1: not installed; run ./rxlab setup --for test, or apt-get install $2"
}

make_cache_dir() { # FOLDER
    mkdir -p -- "$1" 2>/dev/null
    [[ -d $1 && -w $1 ]] ||
        die "write $1: not possible; set RXLAB_CACHE to a folder of your own"
}
