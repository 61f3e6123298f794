# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sysroot is report.sh's
#
# IOMMU, network ports and what binds them.

check_iommu() {
    local groups=0 group mode
    for group in $(matching '/sys/kernel/iommu_groups/[0-9]*'); do
        # In no-IOMMU mode a port gets a group without an IOMMU.
        [[ $(first_line "$group/name") == vfio-noiommu ]] || groups=$((groups + 1))
    done
    if ((groups > 0)); then
        mode=$(sort -u "$sysroot"/sys/kernel/iommu_groups/*/type 2>/dev/null | tr '\n' ' ')
        finding ok iommu "on, $groups groups${mode:+, ${mode% }}"
    else
        finding lacks iommu "off or not there" "nic: vfio-pci needs it, or its unsafe no-IOMMU mode (any bound NIC can then write to all memory)" \
            "firmware: VT-d or AMD-Vi on; boot option intel_iommu=on iommu=pt; or try it in a guest: ./rxlab vm" \
            "take the boot option away"
    fi
}

# Network-class PCI devices (class 02xxxx), as "ADDRESS driver, interface, node, link".
pci_ports() {
    local device driver interface link
    for device in $(matching '/sys/bus/pci/devices/*'); do
        [[ $(first_line "$device/class") == 0x02* ]] || continue
        driver=none
        exists "$device/driver" && driver=$(basename -- "$(readlink -f -- "$sysroot$device/driver")")
        interface=$(matching "$device/net/*" | head -n 1)
        [[ -n $interface ]] || interface=$(matching "$device/virtio*/net/*" | head -n 1)
        link=''
        [[ -z $interface ]] || link=", ${interface##*/} $(first_line "$interface/operstate")"
        printf '%s (%s%s, node %s)\n' "${device##*/}" "$driver" "$link" "$(first_line "$device/numa_node" || echo -1)"
    done
}

check_nics() {
    local ports others
    ports=$(pci_ports | paste -s -d ';' | sed 's/;/; /g')
    others=$(for interface in $(matching '/sys/class/net/*'); do
        exists "$interface/device" || continue
        [[ $(readlink -f -- "$sysroot$interface/device") == */pci* ]] || printf '%s ' "${interface##*/}"
    done)
    if [[ -z $ports ]]; then
        finding lacks nics "no PCI network port${others:+; on other buses: ${others% }}" \
            "nic: there is nothing to bind; veth and vm need none"
    else
        finding ok nics "$ports"
    fi
}

check_vfio() {
    local release
    release=$(kernel_release)
    if exists /sys/module/vfio_pci || exists /sys/bus/pci/drivers/vfio-pci; then
        if [[ $(first_line /sys/module/vfio/parameters/enable_unsafe_noiommu_mode) == Y ]]; then
            finding note vfio "vfio-pci is loaded, in no-IOMMU mode" "nic: a bound NIC can write to all memory" \
                "echo N > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode" \
                "echo Y > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
        else
            finding ok vfio "vfio-pci is loaded"
        fi
    elif grep -qs '/vfio-pci\.ko' "$sysroot/lib/modules/$release/modules.dep" "$sysroot/lib/modules/$release/modules.builtin"; then
        finding note vfio "vfio-pci is there and not loaded" "nic: binding a port" "modprobe vfio-pci" "modprobe --remove vfio-pci"
    else
        finding lacks vfio "this kernel has no vfio-pci" "nic: binding a port; in a guest it is there: ./rxlab vm" \
            "boot a distribution kernel"
    fi
}
