# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the Makefile's targets do beyond building. The driver.sh beside each module sources this, sets what is its own,
# defines anew what differs, and calls drive:
#   class, nodes  the folder of its devices in /sys/class, and a pattern for their names there and in /dev
#   program       the companion that make test needs
#   example       a command to try
#   guest         options for the guest that has the device
# Environment: OUT, the folder of the built module, and KDIR, the kernel's headers. Exit 0 done, 1 failed.
set -u
PATH=$PATH:/usr/sbin:/sbin
folder=$(cd -- "$(dirname -- "$0")" && pwd) || exit
name=$(sed -n 's/^module *:= *//p' "$folder/files.mk")
class='' nodes='' program='' example='' guest=''

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

vm() { echo "or use a throw-away guest: ./rxlab vm shell${guest:+ $guest}"; }

need_root() { # what
    ((EUID == 0)) || die "$1: needs root: sudo make $1"
}

need_modules() { # what
    [[ -e /proc/modules ]] || die "$1: this kernel has no module support (no /proc/modules); $(vm)"
}

loaded() { [[ -d /sys/module/$name ]]; }

# insmod or rmmod, wherever it is found: from kmod or from busybox.
tool() {
    local path
    path=$(command -v "$1") && { shift; "$path" "$@"; return; }
    command -v busybox >/dev/null || die "run $1: not found; apt-get install kmod"
    busybox "$@"
}

last_kernel_line() { dmesg 2>/dev/null | grep "${name}[ :]" | tail -n 1; }

# What to do about an error of insmod (finit_module(2)), if the error has only one possible reason.
advice() { # ERROR
    case $1 in
        *'Key was rejected'* | *'Required key'* | *'not permitted'*)
            if [[ $(cat /proc/sys/kernel/modules_disabled 2>/dev/null) == 1 ]]; then
                echo "  This machine loads no more modules until it is restarted (sysctl kernel.modules_disabled); $(vm)"
            else
                echo "  This machine loads only signed modules (Secure Boot, lockdown or sig_enforce)."
                echo "  Sign it with an enrolled key (mokutil --import, scripts/sign-file), $(vm)"
            fi
            ;;
        *'nvalid module format'* | *'Exec format error'*)
            echo "  $OUT/$name.ko was not built for this kernel, $(uname -r); build it again: make clean && make"
            ;;
    esac
}

insert() { # [PARAMETER=VALUE…]
    local problem before now
    before=$(last_kernel_line)
    problem=$(tool insmod "$OUT/$name.ko" "$@" 2>&1) && return
    now=$(last_kernel_line)
    {
        echo "load $name: $problem"
        [[ $now == "$before" ]] || echo "  the kernel says: $now"
        advice "$problem"
    } >&2
    return 1
}

take_out() {
    local problem
    need_modules unload
    need_root unload
    loaded || die "unload $name: it is not loaded"
    problem=$(tool rmmod "$name" 2>&1) && return
    echo "unload $name: $problem" >&2
    [[ -z $nodes ]] || (($(cat "/sys/module/$name/refcnt" 2>/dev/null || echo 0) == 0)) ||
        echo "  Somebody has a device open; to see who: fuser -v /dev/$nodes" >&2
    exit 1
}

show_devices() {
    local node
    for node in /sys/class/$class/$nodes; do # a pattern
        node=/dev/${node##*/}
        if [[ -c $node ]]; then
            stat -c "  %n  major %Hr, minor %Lr, mode %A, %U:%G" "$node"
        else
            echo "  $node is missing: is devtmpfs mounted on /dev?"
        fi
    done
}

make_check_headers() {
    [[ -e $KDIR/Makefile ]] && return
    [[ $KDIR == "/lib/modules/$(uname -r)/build" ]] ||
        die "build for $KDIR: no kernel headers there; for the guests: make guest"
    die "build for $(uname -r): no headers for the running kernel ($KDIR)" \
        "  apt-get install linux-headers-$(uname -r)   (where the distribution has them)" \
        "  $(vm)"
}

# The checks that need not wait for minutes of building.
make_check_load() {
    need_modules load
    need_root load
    ! loaded || die "load $name: it is already loaded; first: make unload"
}

make_load() { # [PARAMETER=VALUE…]
    make_check_load
    insert "$@" || exit
    echo "$name is loaded:"
    show_devices
    echo "Try: $example    Next: make test"
}

make_test() {
    need_modules test
    need_root test
    loaded || die "test $name: it is not loaded; first: make load"
    exec "$folder/try.sh" "$OUT/$program"
}

make_unload() {
    take_out
    echo "$name is unloaded"
}

# Does what make TARGET says: there is a function make_TARGET for each.
drive() { # TARGET [ARGUMENT…]
    local target=make_${1:-}
    target=${target//-/_}
    declare -F "$target" >/dev/null ||
        die "usage: driver.sh $(compgen -A function make_ | sed 's/^make_//; s/_/-/g' | paste -sd '|') [ARGUMENT…]"
    "$target" "${@:2}"
}
