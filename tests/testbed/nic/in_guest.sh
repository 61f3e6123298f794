#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What happens to a port that is bound, used, misused and lost. Runs as root in a guest with an IOMMU: eth0, eth1 and
# a virtio card on one wire, and two cards behind one bridge, which makes them one IOMMU group (guest.sh). $1 is a
# folder that the host watches.
. "$(dirname -- "${BASH_SOURCE[0]}")/../../claims.sh"
nic=$RXLAB_SOURCE_DIR/testbed/nic/nic
dpdk_rx=$RXLAB_BINARY_DIR/bin/dpdk_rx
host=$1
work=$(mktemp -d)
port=$(basename "$(readlink -f /sys/class/net/eth1/device)")
huge_pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

driver() { basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"; }

# Each claim starts and ends with all ports at their kernel drivers.
tidy() {
    [[ -z ${receiver:-} ]] || kill -KILL "$receiver" 2>/dev/null || :
    wait 2>/dev/null || :
    "$nic" unbind "$port" >/dev/null 2>&1 || :
}

start_receiver() { # in the background, until it is ready; its words in $work/log
    echo 160 >"$huge_pages"
    "$dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001 --json "$work/summary" >"$work/log" 2>&1 &
    receiver=$!
    eventually 60 grep -q '^ready: ' "$work/log"
}

ended_with() { # STATUS
    local status=0
    eventually 60 gone "$receiver"
    wait "$receiver" || status=$?
    ((status == $1)) || fail "dpdk_rx ended with $status instead of $1: $(cat "$work/log")"
    receiver=''
}
gone() { [[ ! -e /proc/$1/exe ]] || [[ $(sed 's/.*) //; s/ .*//' "/proc/$1/stat") == Z ]]; }

test_a_port_comes_back_with_all_that_its_interface_had() {
    ip link set eth1 mtu 1400 up
    ip address add 198.51.100.7/24 brd + dev eth1
    ip route add 203.0.113.0/24 via 198.51.100.1
    eventually 20 grep -q up /sys/class/net/eth1/operstate
    local before
    before=$(ip -o -4 address show dev eth1 | cut -d ' ' -f 2- && ip route)
    expect 0 "$nic" bind eth1
    [[ $(driver "$port") == vfio-pci ]] || fail "driver $(driver "$port")"
    output=$("$nic" status "$port")
    expect_output "$port *driver vfio-pci, no interface here*IOMMU group*back with: nic unbind $port"
    expect 0 "$nic" bind "$port" # a second time
    expect 0 "$nic" unbind "$port"
    [[ $(driver "$port") == e1000e && $(cat /sys/class/net/eth1/mtu) == 1400 ]] || fail "driver or MTU"
    eventually 20 grep -q up /sys/class/net/eth1/operstate
    diff <(echo "$before") <(ip -o -4 address show dev eth1 | cut -d ' ' -f 2- && ip route) || fail "not as before"
    ip address flush dev eth1
}

test_a_port_in_use_is_not_given_back_under_its_receiver() {
    expect 0 "$nic" bind "$port"
    start_receiver
    expect 1 "$nic" unbind "$port"
    expect_output "nic: unbind $port: in use by process $receiver; stop it first: kill $receiver"
    kill -INT "$receiver"
    ended_with 0
    expect 0 "$nic" unbind "$port"
}

test_after_sigkill_one_command_gives_the_port_back() {
    expect 0 "$nic" bind "$port"
    start_receiver
    kill -KILL "$receiver"
    wait "$receiver" 2>/dev/null || :
    receiver=''
    expect 0 "$nic" unbind "$port"
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
    ip link set eth1 up
    eventually 20 grep -q up /sys/class/net/eth1/operstate
}

test_without_huge_pages_dpdk_rx_says_so_and_the_port_comes_back() {
    expect 0 "$nic" bind "$port"
    echo 0 >"$huge_pages"
    expect 1 "$dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001
    [[ $output == *'huge pages'* ]] || fail "no word of huge pages: $output"
    expect 0 "$nic" unbind "$port"
}

# On virtio-net: QEMU's e1000e does not tell its driver (not the kernel's either).
test_an_unplugged_cable_ends_the_run_with_its_summary() {
    local interface
    port=$(grep -l 0x1041 /sys/bus/pci/devices/*/device | cut -d / -f 6) # virtio-net
    interface=$(basename /sys/bus/pci/devices/"$port"/virtio*/net/*)
    ip link set "$interface" up
    expect 0 "$nic" bind "$port"
    start_receiver
    touch "$host/unplug-cable"
    ended_with 1
    grep -q 'link' "$work/log" || fail "no word of the link: $(cat "$work/log")"
    grep -q '"packets"' "$work/summary" || fail "no summary"
    touch "$host/plug-cable"
    expect 0 "$nic" unbind "$port"
    ip link set "$interface" up
    eventually 60 grep -q up "/sys/class/net/$interface/operstate"
}

# As a hand at a hot-plug slot would; the kernel asks dpdk_rx for the port (VFIO's request interrupt).
test_a_removed_device_ends_the_run_with_its_summary() {
    expect 0 "$nic" bind "$port"
    start_receiver
    echo 1 >"/sys/bus/pci/devices/$port/remove" &
    ended_with 1
    grep -Eq 'remove|gone|lost' "$work/log" || fail "no word of the device: $(cat "$work/log")"
    grep -q '"packets"' "$work/summary" || fail "no summary"
    wait
    echo 1 >/sys/bus/pci/rescan
    eventually 20 test -e "/sys/bus/pci/devices/$port/vendor"
    expect 0 "$nic" unbind "$port"
    eventually 20 test -e /sys/class/net/eth1
}

test_what_others_need_is_not_taken() {
    expect 2 "$nic" bind eth9
    expect 1 "$nic" bind 0000:77:00.0
    expect_output '*no such PCI device; there are: 0000:*'
    ip link set eth0 up
    ip address add 192.0.2.9/24 dev eth0
    ip route add default via 192.0.2.1
    expect 1 "$nic" bind eth0
    expect_output '*the default route goes through eth0; if you mean it: --force'
    expect 1 env SSH_CONNECTION='192.0.2.77 5000 192.0.2.9 22' "$nic" bind --force eth0
    expect_output '*you or others are logged in through eth0*--force --force'
    expect 0 env SSH_CONNECTION='192.0.2.77 5000 192.0.2.9 22' "$nic" bind --force --force eth0
    local taken=(/run/rxlab-nic/0000:*)
    expect 0 "$nic" unbind "${taken[0]##*/}"
    [[ $(ip route show default dev eth0) == *'via 192.0.2.1'* ]] || fail "the default route is gone: $(ip route)"
    ip address flush dev eth0
}

test_a_shared_iommu_group_is_refused_by_name() {
    local pair
    mapfile -t pair < <(grep -l 0x100e /sys/bus/pci/devices/*/device | cut -d / -f 6) # e1000
    ((${#pair[@]} == 2)) || fail "no two cards behind a bridge: the test is wrong"
    expect 1 "$nic" bind "${pair[0]}"
    expect_output "nic: bind ${pair[0]}: it shares IOMMU group * with ${pair[1]} (e1000)*"
    [[ $(driver "${pair[0]}") == e1000 ]] || fail "driver $(driver "${pair[0]}")"
}

test_the_bed_leaves_no_trace_however_it_ends() {
    ip link set eth1 up
    ip address add 198.51.100.7/24 dev eth1
    local before
    before=$(ip -o -4 address | cut -d ' ' -f 2- && cat "$huge_pages" && ip netns)
    sleep 1000 &
    local owner=$!
    expect 0 "$nic" up --tx eth0 --rx eth1 --huge-pages 8 --owner "$owner"
    expect 0 "$nic" exec rx-bound true
    [[ $(driver "$port") == vfio-pci ]] || fail "driver $(driver "$port")"
    expect 0 "$nic" exec rx ip link show dev eth1
    kill -KILL "$owner"
    eventually 60 test ! -e /run/rxlab-nic/bed-default
    eventually 20 as_before "$before"
    ip address flush dev eth1
}
as_before() { diff <(echo "$1") <(ip -o -4 address | cut -d ' ' -f 2- && cat "$huge_pages" && ip netns) >/dev/null; }

run_claims
