# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Shared by the programs of the virtual machine: the cache folder, and how they fail.

PATH=$PATH:/usr/sbin:/sbin # depmod, modprobe

cache_dir=${RXLAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/rxlab}
[[ $cache_dir == /* ]] || cache_dir=$PWD/$cache_dir
# shellcheck disable=SC2034 # for scripts that source this
kernels_dir=$cache_dir/kernels

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
