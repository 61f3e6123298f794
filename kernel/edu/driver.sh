#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh TARGET [PARAMETER=VALUE…]: what make TARGET does beyond building; ../driver.sh has most of it.
# shellcheck source=../driver.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../driver.sh"
class=misc
nodes='rxlab_edu[0-9]*'
program=eductl
example='echo hello >/dev/rxlab_edu0; head -c 6 /dev/rxlab_edu0'

vm() { echo "the device is QEMU's, so use a guest: ./rxlab vm shell --slot edu"; }

need_root() { # what
    ((EUID == 0)) || die "$1: needs root; $(vm)"
}

# PCI addresses of the devices, whether the driver is bound to them or not.
devices() { grep -lx 0x11e8 /sys/bus/pci/devices/*/device 2>/dev/null | cut -d/ -f6; }

show_devices() {
    local address node
    for address in $(devices); do
        node=$(basename -- "/sys/bus/pci/devices/$address/misc"/*)
        if [[ -c /dev/$node ]]; then
            printf '  %s  /dev/%s  %s\n' "$address" "$node" "$("$OUT/eductl" "/dev/$node" info | head -n 1)"
        else
            printf '  %s  the driver is not bound to it; see: dmesg | tail\n' "$address"
        fi
    done
    [[ -n $(devices) ]] || echo "  but there is no edu device here; $(vm)"
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
make_pull() {
    local address port capability control
    need_root pull
    read -r address < <(devices)
    [[ -n $address ]] || die "pull: there is no edu device; $(vm)"
    port=$(readlink -f -- "/sys/bus/pci/devices/$address/..")/config
    [[ -e $port ]] || die "pull $address: it is in no slot; $(vm)"
    capability=$(get "$port" 52 1)
    while ((capability != 0 && $(get "$port" "$capability" 1) != 16)); do
        capability=$(get "$port" $((capability + 1)) 1)
    done
    ((capability != 0)) || die "pull $address: it is in no slot of PCI Express; $(vm)"
    control=$(get "$port" $((capability + 24)) 2)
    set_word "$port" $((capability + 24)) $(((control & ~0x20) | 0x700)) # power and its light off
    set_word "$port" $((capability + 24)) "$control"
    echo "$address is pulled"
}

drive "$@"
