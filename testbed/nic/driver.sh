# shellcheck shell=bash disable=SC2154 # pci, sysroot and state_dir are ports.sh's and nic's
# SPDX-License-Identifier: MIT
#
# bind and unbind: take a port from its kernel driver, and give it back with everything that its interface had.
# The interface's state is written to a file in $state_dir before anything changes; whatever happens then,
# `nic unbind PORT` finds it there. A reboot gives ports back by itself.

# The value of the first KEY=value line.
value_in() { # FILE KEY
    local line
    [[ -e $1 ]] || return 0
    while IFS= read -r line; do
        [[ $line != "$2="* ]] || { printf '%s' "${line#*=}" && return; }
    done <"$1"
}

# --- an interface's state -------------------------------------------------------------------------

save_port() { # PORT
    local port=$1 interface file
    interface=$(interface_of "$port")
    file=$state_dir/$port
    [[ ! -e $file ]] || return 0 # saved before the port was taken, and still to be restored
    {
        printf 'driver=%s\n' "$(driver_of "$port")"
        if [[ -n $interface ]]; then
            printf 'interface=%s\nmtu=%s\n' "$interface" "$(fact "/sys/class/net/$interface/mtu")"
            [[ $(fact "/sys/class/net/$interface/addr_assign_type") != 3 ]] || # 3: somebody set it
                printf 'mac=%s\n' "$(fact "/sys/class/net/$interface/address")"
            [[ ! -e /sys/class/net/$interface/master ]] ||
                printf 'master=%s\n' "$(folder_behind "/sys/class/net/$interface/master")"
            [[ $(ip -o link show dev "$interface") != *[\<,]UP[,\>]* ]] || echo up=yes
            # Without IPv6 addresses that a router announced, because it announces them again.
            ip -o address show dev "$interface" | sed -n -E '/ inet6 .* dynamic/d
                s/^[0-9]+: [^ ]+ +(inet6?) ([^ ]+( peer [^ ]+)?( brd [^ ]+)?).* scope (global|site|host).*/address=\2/p'
            { ip route show dev "$interface"; ip -6 route show dev "$interface"; } |
                sed -E '/proto kernel/d; /^(fe80::|multicast)/d; /proto ra/d; s/ expires [0-9]+sec//; s/ linkdown//; s/^/route=/'
        fi
    } >"$file.new" || die "write $file.new: see above"
    mv -- "$file.new" "$file" || die "write $file: see above"
}

# The port's new interface, with the old name. udev also renames interfaces, a moment after they appear: whoever
# comes second finds the name gone, or already given, and looks again.
named_interface() { # PORT NAME
    local tries interface
    ! command -v udevadm >/dev/null || udevadm settle --timeout=10 2>/dev/null
    for ((tries = 0; tries < 500; tries++)); do
        interface=$(interface_of "$1")
        [[ $interface != "$2" ]] || return 0
        [[ -z $interface ]] || { ip link set dev "$interface" down && ip link set dev "$interface" name "$2"; } 2>/dev/null
        sleep 0.02
    done
    [[ -n $interface ]] || die "wait for the interface of $1: its driver made none within 10 s; see: dmesg"
    die "name the interface of $1 $2: it is $interface, and cannot be renamed; see: ip link; then again: nic unbind $1"
}

# The file stays if something could not be restored.
restore_interface() { # PORT
    local port=$1 key value wanted failed=''
    wanted=$(value_in "$state_dir/$port" interface)
    [[ -n $wanted ]] || return 0
    named_interface "$port" "$wanted"
    # shellcheck disable=SC2086 # "ADDRESS brd BROADCAST" is three words
    while IFS='=' read -r key value; do
        case $key in
            mtu | master) ip link set dev "$wanted" "$key" "$value" ;;
            mac) ip link set dev "$wanted" address "$value" ;;
            up) ip link set dev "$wanted" up ;;
            address) ip address replace $value dev "$wanted" ;;
        esac || failed+=" $key=$value"
    done <"$state_dir/$port"
    [[ -z $failed ]] || die "give $port back: $wanted did not take$failed (see above); then again: nic unbind $port"
    restore_routes "$port" "$wanted"
}

# In the order of the file, and then once more, because a route through a gateway needs the route to the gateway.
restore_routes() { # PORT INTERFACE
    local route pass
    for pass in first second; do
        while IFS= read -r route; do
            [[ $route == route=* ]] || continue
            # shellcheck disable=SC2086 # a route's words
            ip route replace ${route#route=} dev "$2" 2>/dev/null || [[ $pass == first ]] ||
                echo "nic: route ${route#route=}: not taken back; its gateway cannot be reached" >&2
        done <"$state_dir/$1"
    done
}

unsafe_mode=/sys/module/vfio/parameters/enable_unsafe_noiommu_mode

# --- drivers --------------------------------------------------------------------------------------

put() { # FILE VALUE: a failure shows the kernel's own reason
    local said
    said=$({ printf '%s\n' "$2" >"$1"; } 2>&1) || die "write $2 to $1: ${said##*: }"
}

release_driver() { # PORT
    [[ ! -e $pci/devices/$1/driver ]] || put "$pci/devices/$1/driver/unbind" "$1"
}

# The processes that hold a bound port open. The kernel's unbind would wait for them for ever.
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
    local interface above
    interface=$(interface_of "$1")
    (($2 < 2)) || return 0
    if [[ -z $interface ]]; then
        case $(driver_of "$1") in
            '' | vfio-pci | pci-stub | uio_pci_generic | igb_uio) return 0 ;;
        esac
        (($2 > 0)) || die "bind $1: driver $(driver_of "$1") has it, and its interface is not visible here: another network" \
            "namespace (a container) may use it, and would lose it; if you mean it: --force"
        return 0
    fi
    if carries_login "$interface"; then
        die "bind $1: you or others are logged in through $interface, and would be cut off; if you mean it: --force --force"
    fi
    (($2 < 1)) || return 0
    if carries_default_route "$interface"; then
        die "bind $1: the default route goes through $interface; if you mean it: --force"
    fi
    above=$(with_uppers "$interface" | sed 1d | paste -s -d ' ')
    [[ -z $above ]] || die "bind $1: $above is built on $interface; VLANs on it will go, and only the port of a bridge or bond" \
        "comes back; if you mean it: --force"
}

load_vfio() { # NO_IOMMU
    [[ -e $pci/drivers/vfio-pci ]] || modprobe vfio-pci 2>/dev/null || [[ -e $pci/drivers/vfio-pci ]] ||
        die "load vfio-pci: not possible (modprobe vfio-pci says why); this kernel may have no modules: try it in a guest, ./rxlab vm bench"
    [[ -n $1 ]] || return 0
    [[ -e $unsafe_mode ]] || die "use no-IOMMU mode: this kernel was built without it (CONFIG_VFIO_NOIOMMU)"
    if [[ $(fact "$unsafe_mode") != Y ]]; then
        : >"$state_dir/no-iommu" || die "write $state_dir/no-iommu: see above"
        put "$unsafe_mode" Y
    fi
    echo "nic: DANGER: without an IOMMU the port can write to all of this machine's memory; the kernel is tainted" >&2
}

# If bind switched the mode on, it goes off again with the last port.
end_no_iommu_mode() {
    [[ -e $state_dir/no-iommu ]] || return 0
    ! compgen -G "$state_dir/*:*:*.[0-7]" >/dev/null || return 0
    [[ ! -e $unsafe_mode ]] || put "$unsafe_mode" N
    rm -f -- "$state_dir/no-iommu"
}

# Gives the port to vfio-pci; if that fails, gives it back.
bind_port() { # PORT NO_IOMMU TIMES_TOLD
    local port=$1 tries
    [[ $(driver_of "$port") != vfio-pci ]] || { echo "nic: $port is bound to vfio-pci already" >&2 && return; }
    ! is_bifurcated "$port" || die "bind $port: leave it. Its poll-mode driver (mlx5, mlx4) works beside the kernel driver:" \
        "run dpdk_rx -a $port as it is"
    check_iommu "$port" "$2"
    check_not_needed "$port" "$3"
    load_vfio "$2"
    save_port "$port"
    trap '(give_back "$port") && die "bind $port: interrupted; it is back with its kernel driver"; exit 1' INT TERM HUP
    if put "$pci/devices/$port/driver_override" vfio-pci && (release_driver "$port") &&
        (put "$pci/drivers_probe" "$port") && [[ $(driver_of "$port") == vfio-pci ]]; then
        trap - INT TERM HUP
        wait_for_group_file "$port"
        return
    fi
    give_back "$port"
    die "bind $port: vfio-pci did not take it; it is back with its kernel driver; dmesg may say why"
}

wait_for_group_file() { # PORT: devtmpfs or udev makes the file a moment later
    local tries group
    group=$(iommu_group_of "$1")
    for ((tries = 0; tries < 100; tries++)); do
        [[ ! -e /dev/vfio/$group && ! -e /dev/vfio/noiommu-$group ]] || return 0
        sleep 0.02
    done
}

# A port that was removed (hot-unplug, or a write to its `remove`) may be found again.
find_removed() { # PORT
    local tries
    [[ ! -e $pci/devices/$1 ]] || return 0
    put /sys/bus/pci/rescan 1
    for ((tries = 0; tries < 100; tries++)); do
        [[ ! -e $pci/devices/$1 ]] || return 0
        sleep 0.02
    done
    die "give $1 back: it is no longer in this machine; when it is plugged in again: nic unbind $1"
}

give_back() { # PORT
    local port=$1 driver
    find_removed "$port"
    driver=$(value_in "$state_dir/$port" driver)
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
    end_no_iommu_mode
}

unbind_port() { # PORT
    local port=$1 users='' driver
    if [[ $(driver_of "$port") != vfio-pci && ! -e $state_dir/$port ]]; then
        driver=$(driver_of "$port")
        echo "nic: $port was not taken: driver ${driver:-none}" >&2
        return
    fi
    [[ $(driver_of "$port") != vfio-pci ]] || users=$(users_of "$port" | paste -s -d ' ')
    [[ -z $users ]] || die "unbind $port: in use by process $users; stop it first: kill $users"
    give_back "$port"
}
