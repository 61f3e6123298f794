# shellcheck shell=bash disable=SC2154 # state_dir is nic's
# SPDX-License-Identifier: MIT
#
# What to know about a PCI network port before taking it from its kernel driver. This only reads.
# RXLAB_SYSROOT is put before every path of /sys and /proc, so that tests can present another machine.
sysroot=${RXLAB_SYSROOT:-}
pci=$sysroot/sys/bus/pci

die() {
    printf 'nic: %s\n' "$*" >&2
    exit 1
}

wrong_usage() {
    printf 'nic: %s; see: nic --help\n' "$1" >&2
    exit 2
}

fact() { # FILE [DEFAULT]: its first line
    local line=''
    { IFS= read -r line <"$1"; } 2>/dev/null
    printf '%s' "${line:-${2:-}}"
}

# Turns "3:0.0" and "03:00.0" into "0000:03:00.0"; dies if there is no such network port.
port_named() { # ADDRESS|INTERFACE
    local name=$1 port
    [[ $name != */* ]] || wrong_usage "$name: neither an interface of this machine nor a PCI address such as 0000:03:00.0"
    if [[ -e $sysroot/sys/class/net/$name/device ]]; then
        port=$(cd -P -- "$sysroot/sys/class/net/$name/device" && pwd)
        while [[ $port == */* && ! -e $pci/devices/${port##*/} ]]; do # for virtio it is one level up
            port=${port%/*}
        done
        # Above a USB adapter, the next PCI device is the machine's USB controller.
        [[ -n ${port##*/} && $(fact "$pci/devices/${port##*/}/class") == 0x02* ]] ||
            die "use $name: it is not a port on the PCI bus (USB, perhaps), and cannot be bound"
        printf '%s' "${port##*/}"
        return
    fi
    [[ ! -e $sysroot/sys/class/net/$name ]] ||
        die "use $name: there is no device under it (a bridge, bond, VLAN or the like); name the port itself"
    port=$(port_taken_as "$name") && printf '%s' "$port" && return
    [[ $name =~ ^([0-9a-fA-F]{1,4}:)?[0-9a-fA-F]{1,2}:[0-9a-fA-F]{1,2}\.[0-7]$ ]] ||
        wrong_usage "$name: neither an interface of this machine nor a PCI address such as 0000:03:00.0"
    [[ $name == *:*:* ]] || name=0000:$name
    IFS=:. read -r domain bus slot function <<<"$name"
    port=$(printf '%04x:%02x:%02x.%x' "0x$domain" "0x$bus" "0x$slot" "0x$function")
    [[ ! -e $state_dir/$port || -e $pci/devices/$port ]] || { printf '%s' "$port" && return; } # it was taken, then removed
    [[ -e $pci/devices/$port ]] || die "use $port: no such PCI device; there are: $(all_ports | paste -s -d ' ')"
    [[ $(fact "$pci/devices/$port/class") == 0x02* ]] ||
        die "use $port: not a network port (class $(fact "$pci/devices/$port/class")); there are: $(all_ports | paste -s -d ' ')"
    printf '%s' "$port"
}

# The port whose interface had this name when it was taken.
port_taken_as() { # INTERFACE
    local file
    for file in "$state_dir"/*:*:*.[0-7]; do
        [[ $(value_in "$file" interface) != "$1" ]] || { printf '%s' "${file##*/}" && return; }
    done
    return 1
}

all_ports() {
    local device
    for device in "$pci"/devices/*; do
        [[ $(fact "$device/class") != 0x02* ]] || printf '%s\n' "${device##*/}"
    done
}

# The last part of a folder's real path; empty if there is none. It starts no program, because in an emulated machine
# each takes a tenth of a second.
folder_behind() { # LINK
    (cd -P -- "$1" 2>/dev/null && printf '%s' "${PWD##*/}") || :
}

driver_of() { # PORT: empty if no driver is bound
    folder_behind "$pci/devices/$1/driver"
}

# virtio ports have their interface one level down. Interfaces in other network namespaces do not show.
interface_of() { # PORT
    local path
    for path in "$pci/devices/$1"/net/* "$pci/devices/$1"/virtio*/net/*; do
        [[ ! -e $path ]] || { printf '%s' "${path##*/}" && return; }
    done
}

iommu_group_of() { # PORT: its number, empty without an IOMMU
    folder_behind "$pci/devices/$1/iommu_group"
}

# The other devices of a port's group, except bridges, which do no DMA of their own and stay with pcieport.
group_neighbours() { # PORT
    local device
    for device in "$pci/devices/$1"/iommu_group/devices/*; do
        [[ -e $device && ${device##*/} != "$1" && $(fact "$device/class") != 0x06* ]] || continue
        printf '%s\n' "${device##*/}"
    done
}

# An interface, and everything that is built on it: bridges, bonds, VLANs.
with_uppers() { # INTERFACE
    local upper
    printf '%s\n' "$1"
    for upper in "$sysroot/sys/class/net/$1"/upper_*; do
        [[ ! -e $upper ]] || with_uppers "${upper##*/upper_}"
    done
}

carries_default_route() { # INTERFACE
    local name routes
    routes=$(ip -o route show default 2>/dev/null; ip -o -6 route show default 2>/dev/null)
    for name in $(with_uppers "$1"); do
        [[ "$routes " != *" dev $name "* ]] || return 0
    done
    return 1
}

# The addresses of this machine through which somebody is logged in: in this shell's session, and in any other (sudo
# removes SSH_CONNECTION). They are found by port, and by program if it listens elsewhere; if it listens for both
# families, an IPv4 address shows as ::ffff:192.0.2.1.
login_addresses() {
    [[ -z ${SSH_CONNECTION:-} ]] || cut -d ' ' -f 3 <<<"$SSH_CONNECTION"
    ss -Htnp state established 2>/dev/null | awk '{
        sshd = /"sshd/ || $3 ~ /:22$/
        sub(/:[0-9]+$/, "", $3); gsub(/[][]/, "", $3); sub(/%.*/, "", $3); sub(/^::ffff:/, "", $3)
        if (sshd) print $3
    }'
}

carries_login() { # INTERFACE
    local name address logins
    logins=$(login_addresses)
    [[ -n $logins ]] || return 1
    for name in $(with_uppers "$1"); do
        for address in $(ip -o address show dev "$name" 2>/dev/null | awk '{ sub(/\/.*/, "", $4); print $4 }'); do
            ! grep -Fqx -- "$address" <<<"$logins" || return 0
        done
    done
    return 1
}

# True for ports whose poll-mode driver works beside the kernel driver (the bifurcated model): DPDK could not use
# them if they were bound to vfio-pci.
is_bifurcated() { # PORT
    [[ $(fact "$pci/devices/$1/vendor") == 0x15b3 ]] # NVIDIA Mellanox: net_mlx4, net_mlx5
}

status_of() { # PORT
    local port=$1 driver interface group others words=()
    driver=$(driver_of "$port")
    interface=$(interface_of "$port")
    group=$(iommu_group_of "$port")
    printf '%s  %s:%s, driver %s, ' "$port" "$(fact "$pci/devices/$port/vendor" '?')" \
        "$(fact "$pci/devices/$port/device" '?')" "${driver:-none}"
    if [[ -n $interface ]]; then
        words+=("interface $interface, link $(fact "$sysroot/sys/class/net/$interface/operstate" unknown)")
    else
        words+=("no interface here")
    fi
    words+=("NUMA node $(fact "$pci/devices/$port/numa_node" -1)")
    if [[ -n $group ]]; then
        others=$(group_neighbours "$port" | paste -s -d ' ')
        words+=("IOMMU group $group${others:+ with $others}")
    else
        words+=("no IOMMU group")
    fi
    [[ -z $interface ]] || ! carries_default_route "$interface" || words+=("CARRIES THE DEFAULT ROUTE")
    [[ -z $interface ]] || ! carries_login "$interface" || words+=("CARRIES A LOGIN")
    ! is_bifurcated "$port" || words+=("stays with its kernel driver for DPDK")
    [[ ! -e $state_dir/$port ]] || words+=("taken by nic; back with: nic unbind $port")
    printf '%s\n' "$(printf '%s; ' "${words[@]}" | sed 's/; $//')"
}

status() {
    local ports
    mapfile -t ports < <(all_ports)
    ((${#ports[@]} > 0)) || echo "no PCI network port; for emulated ones: ./rxlab vm bench"
    for port in "${ports[@]}"; do
        status_of "$port"
    done
}
