# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of the virtual machine share: a work folder, and a cache of their own in it, so that what they leave
# behind can be seen, and so that another user can read it.
# shellcheck source=../../claims.sh
. "$RXLAB_SOURCE_DIR/tests/claims.sh"
bed=$RXLAB_SOURCE_DIR/testbed/vm
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

real_cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rxlab}
export RXLAB_CACHE=$work/cache
mkdir -p "$RXLAB_CACHE/kernels"

# The kernels are those of the real cache (fetched if they are not there); links to the files, where links can be
# (so none of them may be changed, nor given to another user: give_work_to).
with_kernels() { # SERIES…
    local series
    RXLAB_CACHE=$real_cache "$bed/kernels" "$@" >/dev/null || fail "no kernels"
    for series in "$@"; do
        cp -al "$real_cache/kernels/$series" "$RXLAB_CACHE/kernels/" 2>/dev/null ||
            { rm -rf "$RXLAB_CACHE/kernels/$series" && cp -a "$real_cache/kernels/$series" "$RXLAB_CACHE/kernels/"; } ||
            fail "no copy of kernel $series"
    done
    cp -r "$real_cache/accel" "$RXLAB_CACHE/" 2>/dev/null # or KVM is tried again
    return 0
}

# Gives the work folder to an ordinary user, all but the files of the kernels: they may be the cache's own.
give_work_to() { # USER
    find "$work" -path "$RXLAB_CACHE/kernels/*" -prune -o -exec chown -h "$1:$1" {} +
}

guests() { pgrep -f "qemu-system.*$work"; }
no_guests() { ! guests >/dev/null; }

# PROGRAM… on a PATH of nothing but these: a machine where the others are not installed.
only() {
    local name
    rm -rf "$work/only" && mkdir "$work/only"
    for name in "$@"; do
        ln -s "$(PATH=$PATH:/usr/sbin:/sbin command -v "$name")" "$work/only/$name" || return
    done
}

# As much of a kernel image as `kernels` looks at: the header of Documentation/arch/x86/boot.rst.
image_of() { # RELEASE FILE
    {
        head -c 514 /dev/zero
        printf 'HdrS'
        head -c 8 /dev/zero
        printf '\x00\x04' # kernel_version: 0x400 after the first sector
        head -c 1008 /dev/zero
        printf '%s (someone@somewhere) #1 SMP' "$1"
        head -c 200 /dev/zero
    } >"$2"
}

# Makes in $work as much of a kernel of this release as the programs here look at, and a machine that has only that and
# QEMU, which runs COMMAND.
stand_in_machine() { # RELEASE COMMAND
    stand_in qemu-system-x86_64 "$2"
    stand_in modprobe true
    stand_in busybox 'while read -r name; do echo "$name"; done'
    mkdir -p "$work/boot" "$work/lib/modules/$1"
    image_of "$1" "$work/boot/vmlinuz"
    : >"$work/lib/modules/$1/modules.dep"
    PATH=$work/bin:$PATH
}
