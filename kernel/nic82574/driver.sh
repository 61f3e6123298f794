#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh load NIC|test NIC|unload: what the Makefile's targets do beyond building. NIC is an interface or a PCI address.
# Environment: OUT, the folder of the module. Exit 0 done, 1 failed.
set -u
PATH=$PATH:/usr/sbin:/sbin
name=rxlab_nic82574
pci=/sys/bus/pci
vm='or use a throw-away guest: ./rxlab vm shell --nic e1000e --nic e1000e'

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

need() { # what
    [[ -e /proc/modules ]] || die "$1: this kernel has no module support (no /proc/modules); $vm"
    ((EUID == 0)) || die "$1: needs root: sudo make $1"
}

loaded() { [[ -d /sys/module/$name ]]; }

# insmod or rmmod, wherever it is found: from kmod or from busybox.
tool() {
    local path
    path=$(command -v "$1") && { shift; "$path" "$@"; return; }
    command -v busybox >/dev/null || die "run $1: not found; apt-get install kmod"
    busybox "$@"
}

address_of() { # NIC: its PCI address
    local address=$1
    [[ ! -e /sys/class/net/$1/device ]] || address=$(basename "$(readlink -f "/sys/class/net/$1/device")")
    [[ -e $pci/devices/$address ]] || die "load: there is no $1: name an interface or a PCI address with NIC=…; $vm"
    [[ $(cat "$pci/devices/$address/vendor" "$pci/devices/$address/device") == $'0x8086\n0x10d3' ]] ||
        die "load: $1 is not an 82574L (8086:10d3); $vm"
    echo "$address"
}

# Takes the NIC from its driver. No other device is touched: driver_override says who may have this one, and the others
# keep the driver that they have.
load() { # NIC
    local address problem
    need load
    address=$(address_of "$1") || exit
    [[ -e $OUT/$name.ko ]] || die "load: no module in $OUT: make"
    echo "$name" >"$pci/devices/$address/driver_override"
    [[ ! -e $pci/devices/$address/driver ]] || echo "$address" >"$pci/devices/$address/driver/unbind"
    if ! loaded && ! problem=$(tool insmod "$OUT/$name.ko" 2>&1); then
        give_back "$address"
        die "load $name: $problem" "  the kernel says: $(dmesg 2>/dev/null | tail -n 1)"
    fi
    echo "$address" >"$pci/drivers_probe"
    [[ -e $pci/drivers/$name/$address ]] || {
        give_back "$address"
        die "load: $name did not take $address; the kernel says: $(dmesg 2>/dev/null | tail -n 1)"
    }
    echo "$name has $address: interface $(ls "$pci/devices/$address/net")    Next: make test, make unload"
}

give_back() { # ADDRESS…: to the driver that the kernel would choose
    local address
    for address; do
        echo >"$pci/devices/$address/driver_override"
        echo "$address" >"$pci/drivers_probe"
    done
}

unload() {
    local devices problem
    need unload
    loaded || die "unload $name: it is not loaded"
    mapfile -t devices < <(cd "$pci/drivers/$name" && compgen -G '????:*')
    problem=$(tool rmmod "$name" 2>&1) || die "unload $name: $problem"
    give_back "${devices[@]}"
    echo "$name is unloaded; ${devices[*]:-no device} went back"
}

try() { # NIC
    need test
    [[ -e /sys/class/net/$1/device/driver && $(readlink "/sys/class/net/$1/device/driver") == */$name ]] ||
        die "test: $name does not have $1; first: make load"
    exec "${BASH_SOURCE[0]%/*}/try.sh" "$1"
}

case ${1:-} in
    load) load "$2" ;;
    test) try "$2" ;;
    unload) unload ;;
    *) die 'usage: driver.sh load NIC|test NIC|unload' ;;
esac
