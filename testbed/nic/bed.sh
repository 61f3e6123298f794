# shellcheck shell=bash disable=SC2154 # state_dir and pci are nic's and ports.sh's
# SPDX-License-Identifier: MIT
#
# The bed for rxbench: two ports of this machine on one wire, each in a network namespace of its own, because the
# kernel would otherwise hand packets from one to the other without the wire. The receiving port changes between its
# kernel driver and vfio-pci, as `exec rx` and `exec rx-bound` need it.
here_veth=$here/../veth
tx_address=192.0.2.1 rx_address=192.0.2.2

bed_named() {
    bed=${RXLAB_BED:-default}
    [[ $bed =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$ ]] ||
        wrong_usage "RXLAB_BED=$bed: use up to 32 letters, digits, \".\", \"_\" or \"-\""
    bed_file=$state_dir/bed-$bed
    tx_space=rxlab-$bed-tx rx_space=rxlab-$bed-rx
}

# A bed's port belongs to the bed, whatever driver it has at the moment.
not_in_a_bed() { # PORT
    local file
    for file in "$state_dir"/bed-*; do
        [[ $(value_in "$file" tx) != "$1" && $(value_in "$file" rx) != "$1" ]] ||
            die "use $1: it belongs to bed ${file##*/bed-}; take that down first: RXLAB_BED=${file##*/bed-} $here/nic down"
    done
}

bed_value() { value_in "$bed_file" "$1"; }

require_up() {
    [[ -e $bed_file ]] || { echo "nic: this bed is down; start it with: testbed/nic/nic up --tx PORT --rx PORT" >&2 && exit 2; }
    tx=$(bed_value tx) rx=$(bed_value rx) tx_interface=$(bed_value tx_interface) rx_interface=$(bed_value rx_interface)
}

make_space() { # NAME
    ip netns add "$1" || die "make network namespace $1: see above"
    ip netns exec "$1" bash -c '
        for file in all default; do
            { echo 1 >/proc/sys/net/ipv6/conf/$file/disable_ipv6; } 2>/dev/null
            { echo 0 >/proc/sys/net/ipv4/conf/$file/rp_filter; } 2>/dev/null
        done
        ip link set dev lo up'
}

# Moves an interface into its namespace, gives it an address and a multicast route, and brings it up.
place() { # INTERFACE SPACE ADDRESS
    ip link set dev "$1" netns "$2" || die "move $1 into namespace $2: see above"
    ip netns exec "$2" bash "$here_veth/build.sh" link "$1" "$3"
}

# Moves an interface back to the first namespace. The kernel does that too when a namespace goes, but does not
# keep the name.
fetch() { # INTERFACE SPACE
    ip netns exec "$2" ip link show dev "$1" >/dev/null 2>&1 || return 0
    ip netns exec "$2" ip link set dev "$1" netns 1
}

bed_up() {
    local tx='' rx='' owner='' told=0 no_iommu='' port
    while (($# > 0)); do
        case $1 in
            --tx) tx=${2:-} ;;
            --rx) rx=${2:-} ;;
            --owner) owner=${2:-} ;;
            --huge-pages) huge_pages=${2:-} ;;
            --no-iommu | --force)
                [[ $1 == --force ]] && told=$((told + 1)) || no_iommu=yes
                shift
                continue
                ;;
            *) wrong_usage "unexpected argument: $1" ;;
        esac
        [[ -n ${2:-} ]] || wrong_usage "$1 needs a value"
        shift 2
    done
    tx=${tx:-${RXLAB_NIC_TX:-}} rx=${rx:-${RXLAB_NIC_RX:-}}
    [[ -n $tx && -n $rx ]] || wrong_usage "up needs two ports: --tx PORT --rx PORT; see: nic status"
    [[ -z $(bed_value up) ]] || return 0
    (bed_down) || exit # removes what a killed `up` has left
    tx=$(port_named "$tx") && rx=$(port_named "$rx") || exit
    [[ $tx != "$rx" ]] || wrong_usage "--tx and --rx name the same port, $tx"
    for port in "$tx" "$rx"; do
        not_in_a_bed "$port"
        [[ -n $(interface_of "$port") ]] || die "use $port: it has no interface (driver: $(driver_of "$port")); give it back first: nic unbind $port"
        check_not_needed "$port" "$told"
    done
    is_bifurcated "$rx" || check_iommu "$rx" "$no_iommu"
    save_port "$tx"
    save_port "$rx"
    printf '%s=%s\n' tx "$tx" rx "$rx" tx_interface "$(interface_of "$tx")" rx_interface "$(interface_of "$rx")" \
        no_iommu "$no_iommu" owner "$owner" rx_driver "$(driver_of "$rx")" >"$bed_file"
    trap 'bed_down; exit 130' INT TERM HUP
    trap 'bed_down' EXIT
    take_huge_pages "${huge_pages:-0}"
    require_up
    make_space "$tx_space"
    make_space "$rx_space"
    place "$tx_interface" "$tx_space" "$tx_address" || die "bring up $tx_interface: no link; are the two ports on one wire?"
    place "$rx_interface" "$rx_space" "$rx_address" || die "bring up $rx_interface: no link; are the two ports on one wire?"
    echo up=yes >>"$bed_file"
    trap - EXIT INT TERM HUP
    [[ -z $owner ]] || watch_owner "$owner"
}

# Takes the bed down when its owner ends, however it ends.
watch_owner() { # PID
    local start
    start=$(awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null) || return 0
    RXLAB_BED=$bed setsid python3 -I -S "$here_veth/wait_for_exit.py" "$1" "$start" "$here/nic" down </dev/null >/dev/null 2>&1 9>&- &
}

take_huge_pages() { # COUNT: pages to add
    local pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages before
    (($1 > 0)) && [[ -w $pool ]] || return 0
    before=$(<"$pool")
    printf 'huge_before=%s\n' "$before" >>"$bed_file"
    echo $((before + $1)) >"$pool"
}

stop_programs() {
    local space tries
    for ((tries = 0; tries < 100; tries++)); do
        mapfile -t programs < <(for space in "$tx_space" "$rx_space"; do ip netns pids "$space" 2>/dev/null; done
            users_of "$(bed_value rx)")
        ((${#programs[@]} > 0)) || return 0
        kill "$( ((tries < 40)) && echo -TERM || echo -KILL)" "${programs[@]}" 2>/dev/null
        sleep 0.05
    done
}

# This can be repeated: each step looks at what is left of the bed.
bed_down() {
    local before port failed=''
    trap '' INT TERM HUP
    trap - EXIT
    [[ -e $bed_file ]] || return 0
    stop_programs
    local tx rx tx_interface rx_interface
    require_up
    fetch "$tx_interface" "$tx_space"
    fetch "$rx_interface" "$rx_space"
    local was_bound=''
    [[ $(driver_of "$rx") != vfio-pci ]] || was_bound=yes
    for port in "$tx" "$rx"; do # a port that cannot be given back must not stop the rest
        [[ ! -e $state_dir/$port ]] || (give_back "$port") || failed=yes
    done
    [[ -z $was_bound || -n $failed ]] || note_return
    sed -n 's/^note=//p' "$bed_file"
    ip netns del "$tx_space" 2>/dev/null
    ip netns del "$rx_space" 2>/dev/null
    before=$(bed_value huge_before)
    [[ -z $before ]] || echo "$before" >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    rm -f -- "$bed_file"
    [[ -z $failed ]]
}

bed_info() {
    require_up
    cat <<END
tx_interface=$tx_interface
rx_interface=$rx_interface
tx_address=$tx_address
rx_address=$rx_address
rx_port=$rx
rx_driver=$(bed_value rx_driver)
privileged=yes
huge_pages=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
END
}

# What happens to the receiving port is written down; `down` says it.
note() { printf 'note=%s: %s\n' "$rx" "$*" >>"$bed_file"; }
note_return() { note "vfio-pci → $(driver_of "$rx"), interface $(interface_of "$rx")"; }

# Makes sure that the receiving port has its kernel driver and is in its namespace.
have_interface() {
    ip netns exec "$rx_space" ip link show dev "$rx_interface" >/dev/null 2>&1 && return
    if [[ $(driver_of "$rx") == vfio-pci ]]; then
        unbind_port "$rx"
        note_return
    fi
    save_port "$rx"
    place "$rx_interface" "$rx_space" "$rx_address" || die "bring up $rx_interface: still down"
}

have_bound() {
    is_bifurcated "$rx" && return
    [[ $(driver_of "$rx") != vfio-pci ]] || return 0
    local driver
    driver=$(driver_of "$rx")
    fetch "$rx_interface" "$rx_space"
    bind_port "$rx" "$(bed_value no_iommu)" 2 >&2 &&
        note "$driver → vfio-pci$(iommu_group_of "$rx" | sed 's/^/, IOMMU group /')"
}

bed_exec() { # tx|rx|rx-bound COMMAND…
    local end=${1:-}
    (($# > 1)) || wrong_usage "exec needs an end (tx, rx or rx-bound) and a command"
    shift
    require_up
    case $end in
        tx) exec 9>&- && exec ip netns exec "$tx_space" "$@" ;;
        rx) have_interface && exec 9>&- && exec ip netns exec "$rx_space" "$@" ;;
        rx-bound)
            have_bound && exec 9>&-
            # A port that shares its NIC with the kernel driver is in the namespace of its interface.
            ! is_bifurcated "$rx" || exec ip netns exec "$rx_space" "$@"
            exec "$@"
            ;;
        *) wrong_usage "exec needs tx, rx or rx-bound, not '$end'" ;;
    esac
}
