#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# driver.sh check-load NIC|load NIC|test NIC|TARGET: what make TARGET does beyond building; ../driver.sh has the rest. NIC
# is an interface or a PCI address.
# shellcheck source=../driver.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../driver.sh"
pci=/sys/bus/pci
guest='--nic e1000e --nic e1000e'

address_of() { # NIC: its PCI address
    local address=$1
    [[ ! -e /sys/class/net/$1/device ]] || address=$(basename "$(readlink -f "/sys/class/net/$1/device")")
    [[ -e $pci/devices/$address ]] ||
        die "load: there is no $1: name an interface or a PCI address with NIC=…; $(vm)"
    [[ $(cat "$pci/devices/$address/vendor" "$pci/devices/$address/device") == $'0x8086\n0x10d3' ]] ||
        die "load: $1 is not an 82574L (8086:10d3); $(vm)"
    echo "$address"
}

# The module may be loaded already, for another NIC.
make_check_load() { # NIC
    need_modules load
    need_root load
    address_of "$1" >/dev/null || exit
}

# Takes the NIC from its driver. No other device is touched: driver_override says who may have this one, and the others
# keep the driver that they have.
make_load() { # NIC
    local address
    make_check_load "$1"
    address=$(address_of "$1")
    [[ -e $OUT/$name.ko ]] || die "load: no module in $OUT: make"
    echo "$name" >"$pci/devices/$address/driver_override"
    [[ ! -e $pci/devices/$address/driver ]] || echo "$address" >"$pci/devices/$address/driver/unbind"
    if ! loaded && ! insert; then
        give_back "$address"
        exit 1
    fi
    echo "$address" >"$pci/drivers_probe"
    [[ -e $pci/drivers/$name/$address ]] || {
        give_back "$address"
        die "load: $name did not take $address; the kernel says: $(last_kernel_line)"
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

make_unload() {
    local devices
    mapfile -t devices < <(cd "$pci/drivers/$name" 2>/dev/null && compgen -G '????:*')
    take_out
    give_back "${devices[@]}"
    echo "$name is unloaded; ${devices[*]:-no device} went back"
}

make_test() { # NIC
    need_modules test
    need_root test
    [[ -e /sys/class/net/$1/device/driver && $(readlink "/sys/class/net/$1/device/driver") == */$name ]] ||
        die "test: $name does not have $1; first: make load"
    exec "$folder/try.sh" "$1"
}

drive "$@"
