#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh check-headers|check-load|load [PARAMETER=VALUE…]|test|pull|unload: what the Makefile's targets do beyond
# building. Environment: OUT (folder of the module), KDIR (kernel headers), MODULE_NAME. Exit 0 done, 1 failed.
set -u
name=${MODULE_NAME:?}
vm='the device is QEMU'\''s, so use a guest: ./rxlab vm shell --slot edu'

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

check_headers() {
    [[ -e $KDIR/Makefile ]] || die "build for $KDIR: no kernel headers there; for the guests: make guest"
}

need_root() { # what
    ((EUID == 0)) || die "$1: needs root; $vm"
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

# PCI addresses of the devices, whether the driver is bound to them or not.
devices() { grep -lx 0x11e8 /sys/bus/pci/devices/*/device 2>/dev/null | cut -d/ -f6; }

# The checks that need not wait for building.
check_load() {
    need_modules load
    need_root load
    ! loaded || die "load $name: it is already loaded; first: make unload"
}

load() {
    local problem address node
    problem=$(tool insmod "$OUT/$name.ko" "$@" 2>&1) || die "load $name: $problem" \
        '  the kernel may say more: dmesg | tail'
    echo "$name is loaded:"
    for address in $(devices); do
        node=$(basename -- "/sys/bus/pci/devices/$address/misc"/*)
        if [[ -c /dev/$node ]]; then
            printf '  %s  /dev/%s  %s\n' "$address" "$node" "$("$OUT/eductl" "/dev/$node" info | head -n 1)"
        else
            printf '  %s  the driver is not bound to it; see: dmesg | tail\n' "$address"
        fi
    done
    [[ -n $(devices) ]] || echo "  but there is no edu device here; $vm"
    echo 'Try: echo hello >/dev/rxlab_edu0; head -c 6 /dev/rxlab_edu0    Next: make test'
}

unload() {
    local problem
    need_modules unload
    need_root unload
    loaded || die "unload $name: it is not loaded"
    problem=$(tool rmmod "$name" 2>&1) || die "unload $name: $problem" \
        '  If somebody has a device open: fuser -v /dev/rxlab_edu*'
    echo "$name is unloaded"
}

try() {
    need_modules test
    need_root test
    loaded || die "test $name: it is not loaded; first: make load"
    exec "${BASH_SOURCE[0]%/*}/try.sh" "$OUT/eductl"
}

# The config space of a port: PCI Express Base Specification, 7.5.3.10 (Slot Control) and 7.5.3.11 (Slot Status), in the
# capability with the number 0x10.
get() { od -An -v -tu"$3" -j"$2" -N"$3" "$1" | tr -d ' '; } # FILE OFFSET BYTES
set_word() { # FILE OFFSET VALUE
    # shellcheck disable=SC2059 # the bytes are the format
    printf "\\x$(printf %02x $(($3 & 255)))\\x$(printf %02x $(($3 >> 8)))" |
        dd of="$1" bs=2 seek="$2" oflag=seek_bytes conv=notrunc status=none
}

# Takes the power away from the slot, and QEMU takes the device out. Nobody asks the driver first: its next access finds
# nothing. Hot-plug interrupts (bit 5) are off meanwhile, or the kernel would believe that it had done this itself.
pull() {
    local address port capability control
    need_root pull
    read -r address < <(devices)
    [[ -n $address ]] || die "pull: there is no edu device; $vm"
    port=$(readlink -f -- "/sys/bus/pci/devices/$address/..")/config
    [[ -e $port ]] || die "pull $address: it is in no slot; $vm"
    capability=$(get "$port" 52 1)
    while ((capability != 0 && $(get "$port" "$capability" 1) != 16)); do
        capability=$(get "$port" $((capability + 1)) 1)
    done
    ((capability != 0)) || die "pull $address: it is in no slot of PCI Express; $vm"
    control=$(get "$port" $((capability + 24)) 2)
    set_word "$port" $((capability + 24)) $(((control & ~0x20) | 0x700)) # power and its light off
    set_word "$port" $((capability + 24)) "$control"
    echo "$address is pulled"
}

case ${1:-} in
    check-headers) check_headers ;;
    check-load) check_load ;;
    load) load "${@:2}" ;;
    test) try ;;
    pull) pull ;;
    unload) unload ;;
    *) die "usage: driver.sh check-headers|check-load|load [PARAMETER=VALUE…]|test|pull|unload" ;;
esac
