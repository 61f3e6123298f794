#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh check-headers|check-load|load [PARAMETER=VALUE…]|test|unload: what the Makefile's targets do beyond building.
# Environment: OUT (folder of the module), KDIR (kernel headers), MODULE_NAME; and, where it is for a module beside this
# one, FOLDER (its sources), DEVICES (in sysfs), PROGRAM (its companion), TRY (a command to try). Exit 0 done, 1 failed.
set -u
name=${MODULE_NAME:?}
folder=${FOLDER:-${BASH_SOURCE[0]%/*}}
devices=${DEVICES:-/sys/class/rxlab/*}
program=${PROGRAM:-rxlabctl}
hello=${TRY:-echo hello >/dev/rxlab0; head -n 1 /dev/rxlab0}
vm='or use a throw-away guest: ./rxlab vm shell'

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

check_headers() {
    [[ -e $KDIR/Makefile ]] && return
    [[ $KDIR == "/lib/modules/$(uname -r)/build" ]] || die "build for $KDIR: no kernel headers there"
    die "build for $(uname -r): no headers for the running kernel ($KDIR)" \
        "  apt-get install linux-headers-$(uname -r)   (where the distribution has them)" \
        "  $vm"
}

need_root() { # what
    ((EUID == 0)) || die "$1: needs root: sudo make $1"
}

need_modules() { # what
    [[ -e /proc/modules ]] || die "$1: this kernel has no module support (no /proc/modules); $vm"
}

# insmod or rmmod, wherever it is found: from kmod or from busybox.
tool() {
    local path
    path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$1") && { shift; "$path" "$@"; return; }
    command -v busybox >/dev/null || die "run $1: not found; apt-get install kmod"
    busybox "$@"
}

loaded() { [[ -d /sys/module/$name ]]; }

last_kernel_line() { dmesg 2>/dev/null | grep -F "$name: " | tail -n 1; }

# What to do about an error of insmod (finit_module(2)), if the error has only one possible reason.
advice() { # ERROR
    case $1 in
        *'Key was rejected'* | *'Required key'* | *'not permitted'*)
            if [[ $(cat /proc/sys/kernel/modules_disabled 2>/dev/null) == 1 ]]; then
                echo "  This machine loads no more modules until it is restarted (sysctl kernel.modules_disabled); $vm"
            else
                echo "  This machine loads only signed modules (Secure Boot, lockdown or sig_enforce)."
                echo "  Sign it with an enrolled key (mokutil --import, scripts/sign-file), $vm"
            fi
            ;;
        *'nvalid module format'* | *'Exec format error'*)
            echo "  $OUT/$name.ko was not built for this kernel, $(uname -r); build it again: make clean && make"
            ;;
    esac
}

# The checks that need not wait for minutes of building.
check_load() {
    need_modules load
    need_root load
    loaded && die "load $name: it is already loaded; first: make unload"
    return 0
}

load() {
    local problem node before now
    before=$(last_kernel_line)
    if ! problem=$(tool insmod "$OUT/$name.ko" "$@" 2>&1); then
        now=$(last_kernel_line)
        {
            echo "load $name: $problem"
            [[ $now == "$before" ]] || echo "  the kernel says: $now"
            advice "$problem"
        } >&2
        exit 1
    fi
    echo "$name is loaded:"
    for node in $devices; do # a pattern
        node=/dev/${node##*/}
        if [[ -c $node ]]; then
            stat -c "  %n  major %Hr, minor %Lr, mode %A, %U:%G" "$node"
        else
            echo "  $node is missing: is devtmpfs mounted on /dev?"
        fi
    done
    echo "Try: $hello    Next: make test"
}

unload() {
    local problem
    need_modules unload
    need_root unload
    loaded || die "unload $name: it is not loaded"
    if ! problem=$(tool rmmod "$name" 2>&1); then
        echo "unload $name: $problem" >&2
        (($(cat "/sys/module/$name/refcnt" 2>/dev/null || echo 0) == 0)) ||
            echo "  Somebody has a device open; to see who: fuser -v /dev/${devices##*/}" >&2
        exit 1
    fi
    echo "$name is unloaded"
}

try() {
    need_modules test
    need_root test
    loaded || die "test $name: it is not loaded; first: make load"
    exec "$folder/try.sh" "$OUT/$program"
}

case ${1:-} in
    check-headers) check_headers ;;
    check-load) check_load ;;
    load) load "${@:2}" ;;
    test) try ;;
    unload) unload ;;
    *) die "usage: driver.sh check-headers|check-load|load [PARAMETER=VALUE…]|test|unload" ;;
esac
