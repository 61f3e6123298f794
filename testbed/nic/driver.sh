# shellcheck shell=bash disable=SC2154 # pci, sysroot and state_dir are ports.sh's and nic's
# SPDX-License-Identifier: MIT
#
# bind and unbind: taking a port from its kernel driver, and giving it back with all that its interface had.
# What the interface had is written to a file in $state_dir before anything changes; whatever happens then,
# `nic unbind PORT` finds it there. A reboot gives ports back by itself.

# --- what an interface had ------------------------------------------------------------------------

save_port() { # PORT
    local port=$1 interface file
    interface=$(interface_of "$port")
    file=$state_dir/$port
    [[ ! -e $file ]] || return 0 # from before the last bind: still what is to come back
    {
        printf 'driver=%s\n' "$(driver_of "$port")"
        if [[ -n $interface ]]; then
            printf 'interface=%s\nmtu=%s\n' "$interface" "$(fact "/sys/class/net/$interface/mtu")"
            [[ $(ip -o link show dev "$interface") != *[\<,]UP[,\>]* ]] || echo up=yes
            ip -o address show dev "$interface" | sed -n -E 's/^[0-9]+: [^ ]+ +(inet6?) ([^ ]+)( brd [^ ]+)?.* scope (global|site|host).*/address=\2\3/p'
            { ip route show dev "$interface"; ip -6 route show dev "$interface"; } |
                sed -E '/proto kernel/d; /^(fe80::|multicast)/d; s/ linkdown//; s/^/route=/'
        fi
    } >"$file.new" || die "write $file.new: see above"
    mv -- "$file.new" "$file" || die "write $file: see above"
}

wait_for_interface() { # PORT: prints it
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        interface_of "$1"
        [[ -z $(interface_of "$1") ]] || return 0
        sleep 0.02
    done
    return 1
}

restore_interface() { # PORT
    local port=$1 interface key value wanted=''
    wanted=$(sed -n 's/^interface=//p' "$state_dir/$port")
    [[ -n $wanted ]] || return 0
    interface=$(wait_for_interface "$port") || die "wait for the interface of $port: its driver made none within 10 s; see: dmesg"
    [[ $interface == "$wanted" ]] || { ip link set dev "$interface" down && ip link set dev "$interface" name "$wanted"; } ||
        wanted=$interface
    # shellcheck disable=SC2086 # "ADDRESS brd BROADCAST" is three words
    while IFS='=' read -r key value; do
        case $key in
            mtu) ip link set dev "$wanted" mtu "$value" ;;
            up) ip link set dev "$wanted" up ;;
            address) ip address replace $value dev "$wanted" ;;
        esac
    done <"$state_dir/$port"
    restore_routes "$port" "$wanted"
}

# In the order of the file, and once more: a route through a gateway needs the route to that first.
restore_routes() { # PORT INTERFACE
    local route pass
    for pass in first second; do
        while IFS= read -r route; do
            # shellcheck disable=SC2086 # a route's words
            ip route replace ${route#route=} dev "$2" 2>/dev/null || [[ $pass == first ]] ||
                echo "nic: route ${route#route=}: not taken back; its gateway cannot be reached" >&2
        done < <(grep '^route=' "$state_dir/$1")
    done
}

# --- drivers --------------------------------------------------------------------------------------

put() { # FILE VALUE: with the kernel's own reason
    local said
    said=$({ printf '%s\n' "$2" >"$1"; } 2>&1) || die "write $2 to $1: ${said##*: }"
}

release_driver() { # PORT
    [[ ! -e $pci/devices/$1/driver ]] || put "$pci/devices/$1/driver/unbind" "$1"
}

# Whoever holds a bound port open: the kernel would wait for them, in unbind, for ever.
users_of() { # PORT
    local group
    group=$(iommu_group_of "$1")
    find /proc/[0-9]*/fd -lname "/dev/vfio/${group:-none}" -o -lname "/dev/vfio/noiommu-${group:-none}" 2>/dev/null |
        cut -d / -f 3 | sort -un
}

check_iommu() { # PORT NO_IOMMU
    local neighbour busy=()
    if [[ -z $(iommu_group_of "$1") ]]; then
        [[ -n $2 ]] || die "bind $1: it has no IOMMU group. Switch the IOMMU on (firmware: VT-d or AMD-Vi; boot option" \
            "intel_iommu=on iommu=pt), or accept that the port can then write to all of this machine's memory: --no-iommu"
        return 0
    fi
    for neighbour in $(group_neighbours "$1"); do
        case $(driver_of "$neighbour") in
            '' | vfio-pci | pci-stub) ;;
            *) busy+=("$neighbour ($(driver_of "$neighbour"))") ;;
        esac
    done
    ((${#busy[@]} == 0)) || die "bind $1: it shares IOMMU group $(iommu_group_of "$1") with ${busy[*]}, and a group has one" \
        "owner; release those from their drivers, or put the card into another slot"
}

check_not_needed() { # PORT TIMES_TOLD
    local interface
    interface=$(interface_of "$1")
    [[ -n $interface ]] || return 0
    (($2 < 2)) || return 0
    if carries_login "$interface"; then
        die "bind $1: you or others are logged in through $interface, and would be cut off; if you mean it: --force --force"
    fi
    if (($2 < 1)) && carries_default_route "$interface"; then
        die "bind $1: the default route goes through $interface; if you mean it: --force"
    fi
}

load_vfio() { # NO_IOMMU
    [[ -e $pci/drivers/vfio-pci ]] || modprobe vfio-pci 2>/dev/null || [[ -e $pci/drivers/vfio-pci ]] ||
        die "load vfio-pci: not possible (modprobe vfio-pci says why); this kernel may have no modules: try it in a guest, ./rxlab vm bench"
    [[ -n $1 ]] || return 0
    [[ -e /sys/module/vfio/parameters/enable_unsafe_noiommu_mode ]] || die "use no-IOMMU mode: this kernel was built without (CONFIG_VFIO_NOIOMMU)"
    put /sys/module/vfio/parameters/enable_unsafe_noiommu_mode Y
    echo "nic: DANGER: without an IOMMU the port can write to all of this machine's memory; the kernel is tainted" >&2
}

# Gives the port to vfio-pci; where that fails, gives it back.
bind_port() { # PORT NO_IOMMU TIMES_TOLD
    local port=$1 tries
    [[ $(driver_of "$port") != vfio-pci ]] || { echo "nic: $port is bound to vfio-pci already" && return; }
    ! is_bifurcated "$port" || die "bind $port: leave it. Its poll-mode driver (mlx5, mlx4) works beside the kernel driver:" \
        "run dpdk_rx -a $port as it is"
    check_iommu "$port" "$2"
    check_not_needed "$port" "$3"
    load_vfio "$2"
    save_port "$port"
    trap 'give_back "$port" >/dev/null 2>&1; die "bind $port: interrupted; it is back with its kernel driver"' INT TERM HUP
    if put "$pci/devices/$port/driver_override" vfio-pci && (release_driver "$port") &&
        (put "$pci/drivers_probe" "$port") && [[ $(driver_of "$port") == vfio-pci ]]; then
        trap - INT TERM HUP
        wait_for_group_file "$port"
        return
    fi
    give_back "$port"
    die "bind $port: vfio-pci did not take it; it is back with its kernel driver; dmesg may say why"
}

wait_for_group_file() { # PORT: made by devtmpfs or udev a moment later
    local tries group
    group=$(iommu_group_of "$1")
    for ((tries = 0; tries < 100; tries++)); do
        [[ ! -e /dev/vfio/$group && ! -e /dev/vfio/noiommu-$group ]] || return 0
        sleep 0.02
    done
}

give_back() { # PORT
    local port=$1 driver
    driver=$(sed -n 's/^driver=//p' "$state_dir/$port" 2>/dev/null)
    put "$pci/devices/$port/driver_override" ''
    if [[ $(driver_of "$port") != "$driver" || -z $driver ]]; then
        release_driver "$port"
        [[ -z $driver || -e $pci/drivers/$driver ]] || modprobe -- "$driver" 2>/dev/null
        put "$pci/drivers_probe" "$port"
    fi
    [[ -e $state_dir/$port ]] || return 0
    [[ -z $driver || $(driver_of "$port") == "$driver" ]] ||
        die "give $port back: driver $driver did not take it (it has: $(driver_of "$port")); see: dmesg; then again: nic unbind $port"
    restore_interface "$port"
    rm -f -- "$state_dir/$port"
}

unbind_port() { # PORT
    local port=$1 users
    if [[ $(driver_of "$port") != vfio-pci && ! -e $state_dir/$port ]]; then
        echo "nic: $port was not taken: driver $(driver_of "$port")"
        return
    fi
    users=$(users_of "$port" | paste -s -d ' ')
    [[ -z $users ]] || die "unbind $port: in use by process $users; stop it first: kill $users"
    give_back "$port"
}
