#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What nic says about ports that no guest has: of a machine that is a folder, with a USB adapter, an mlx5 port on the
# second NUMA node, and logins at unusual addresses.
. "$(dirname -- "${BASH_SOURCE[0]}")/../../claims.sh"
. "$(dirname -- "${BASH_SOURCE[0]}")/../../host/machine.sh"
nic=$RXLAB_SOURCE_DIR/testbed/nic/nic
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The functions of nic, with their commands taken from $work/bin.
functions_of_nic() {
    state_dir=$work/state
    . "$RXLAB_SOURCE_DIR/testbed/nic/ports.sh"
    . "$RXLAB_SOURCE_DIR/testbed/nic/driver.sh"
    PATH=$work/bin:$PATH
}

command_says() { # NAME TEXT
    mkdir -p "$work/bin"
    printf '#!/bin/sh\ncat <<"END"\n%s\nEND\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

pci_device() { # ADDRESS CLASS DRIVER
    file "/sys/bus/pci/devices/$1/class" "$2"
    mkdir -p "$RXLAB_SYSROOT/sys/bus/pci/drivers/$3"
    ln -s "$RXLAB_SYSROOT/sys/bus/pci/drivers/$3" "$RXLAB_SYSROOT/sys/bus/pci/devices/$1/driver"
}

test_status_names_driver_node_link_group_and_who_shares_it() {
    new_machine "$work/host"
    pci_device 0000:02:00.0 0x020000 mlx5_core
    file /sys/bus/pci/devices/0000:02:00.0/vendor 0x15b3
    file /sys/bus/pci/devices/0000:02:00.0/device 0x1017
    file /sys/bus/pci/devices/0000:02:00.0/numa_node 1
    file /sys/bus/pci/devices/0000:02:00.0/net/p2p1/operstate down
    file /sys/class/net/p2p1/operstate down
    mkdir -p "$RXLAB_SYSROOT/sys/kernel/iommu_groups/12/devices"
    ln -s "$RXLAB_SYSROOT/sys/kernel/iommu_groups/12" "$RXLAB_SYSROOT/sys/bus/pci/devices/0000:02:00.0/iommu_group"
    for device in 0000:02:00.0 0000:01:00.0; do
        ln -s "$RXLAB_SYSROOT/sys/bus/pci/devices/$device" "$RXLAB_SYSROOT/sys/kernel/iommu_groups/12/devices/$device"
    done
    expect 0 "$nic" status 2:0.0
    expect_output "0000:02:00.0  0x15b3:0x1017, driver mlx5_core, interface p2p1, link down; NUMA node 1; IOMMU group 12 with 0000:01:00.0; stays with its kernel driver for DPDK"
}

test_the_usb_controller_is_not_taken_for_its_network_adapter() {
    new_machine "$work/host"
    pci_device 0000:00:14.0 0x0c0330 xhci_hcd
    mkdir -p "$RXLAB_SYSROOT/sys/bus/pci/devices/0000:00:14.0/usb1/1-1" "$RXLAB_SYSROOT/sys/class/net/enx1"
    ln -s "$RXLAB_SYSROOT/sys/bus/pci/devices/0000:00:14.0/usb1/1-1" "$RXLAB_SYSROOT/sys/class/net/enx1/device"
    expect 1 "$nic" status enx1
    expect_output '*use enx1: it is not a port on the PCI bus (USB, perhaps)*'
}

test_a_port_of_mlx5_is_left_to_its_kernel_driver() {
    new_machine "$work/host"
    pci_device 0000:02:00.0 0x020000 mlx5_core
    file /sys/bus/pci/devices/0000:02:00.0/vendor 0x15b3
    functions_of_nic
    expect 1 bind_port 0000:02:00.0 '' 0
    expect_output 'nic: bind 0000:02:00.0: leave it.*mlx5*run dpdk_rx -a 0000:02:00.0 as it is'
}

test_logins_are_found_at_any_port_and_at_mapped_addresses() {
    command_says ss '0      0            192.0.2.9:2222     198.51.100.1:50000 users:(("sshd",pid=7,fd=4))
0      0    [::ffff:192.0.2.10]:22       198.51.100.1:50001
0      0   [fe80::1%eth0]:22                [fe80::2]:50002 users:(("sshd-session",pid=8,fd=4))
0      0           192.0.2.11:443        198.51.100.1:50003 users:(("nginx",pid=9,fd=4))'
    functions_of_nic
    unset SSH_CONNECTION
    [[ $(login_addresses | paste -s -d ' ') == '192.0.2.9 192.0.2.10 fe80::1' ]] || fail "$(login_addresses)"
}

test_without_vfio_pci_it_says_what_to_do() {
    [[ ! -e /sys/bus/pci/drivers/vfio-pci ]] && ! modinfo vfio-pci >/dev/null 2>&1 || return 0 # this machine has it
    new_machine "$work/host"
    functions_of_nic
    expect 1 load_vfio ''
    expect_output 'nic: load vfio-pci: not possible*./rxlab vm bench'
}

run_claims
