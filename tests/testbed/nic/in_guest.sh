#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What happens to a port that is bound, used, misused and lost. Runs as root in a guest with an IOMMU: eth0, eth1 and
# a virtio card on one wire, and two cards behind one bridge, which makes them one IOMMU group (guest.sh). $1 is a
# folder that the host watches; then: nightly (the claims nightly_… instead of test_…), or claims by name.
. "$(dirname -- "${BASH_SOURCE[0]}")/../../claims.sh"
nic=$RXLAB_SOURCE_DIR/testbed/nic/nic
dpdk_rx=$RXLAB_BINARY_DIR/bin/dpdk_rx
host=$1
work=$(mktemp -d)
port=$(basename "$(readlink -f /sys/class/net/eth1/device)")
huge_pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

# EAL loads all of DPDK's 190 drivers, which takes an emulated processor longer than all else that dpdk_rx does before
# it is ready (1.1 of 2.4 s, and 7 s more the first time): here, it finds those of this guest's cards.
keep_drivers() { # NAME…
    local folder name
    folder=$(dirname "$(ldconfig -p | sed -n 's/.*librte_bus_pci.so.* => //p' | head -n 1 | xargs readlink -f)")
    [[ $folder == */dpdk/* ]] || return 0 # not built so
    mkdir /run/drivers
    for name; do cp -a "$folder/librte_$name.so"* /run/drivers; done
    mount --bind /run/drivers "$folder"
}
keep_drivers bus_pci bus_vdev mempool_ring net_e1000 net_virtio

driver() { (cd -P "/sys/bus/pci/devices/$1/driver" && echo "${PWD##*/}"); }

# What an interface has: state, addresses, routes, in an order and with words that do not depend on the moment.
belongings() { # INTERFACE
    cat "/sys/class/net/$1/"{mtu,address}
    ip -o link show dev "$1" | grep -o 'master [^ ]*'
    ip -o address show dev "$1" scope global | sed 's/^[0-9]*: //; s/ tentative//'
    ip route show dev "$1" | sed 's/ linkdown//'
    ip -6 route show dev "$1" | sed '/^fe80::/d; s/ linkdown//'
    return 0
}
same_belongings() { [[ $(belongings "$1") == "$2" ]]; }

# Each claim starts and ends with all ports at their kernel drivers.
tidy() {
    [[ -z ${receiver:-} ]] || kill -KILL "$receiver" 2>/dev/null || :
    wait 2>/dev/null || :
    "$nic" unbind "$port" >/dev/null 2>&1 || :
}

start_receiver() { # OPTION…: in the background, until it is ready; its words in $work/log
    echo 160 >"$huge_pages"
    "${as[@]}" "$dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001 --orders 1000 --levels 1000 \
        --json "$work/summary" "$@" >"$work/log" 2>&1 &
    receiver=$!
    eventually 60 said '^ready: '
}
as=() # before the receiver's name
said() { grep -q "$1" "$work/log" || { gone "$receiver" && fail "dpdk_rx: $(cat "$work/log")"; }; }

ended_with() { # STATUS
    local status=0
    eventually 60 gone "$receiver"
    wait "$receiver" || status=$?
    ((status == $1)) || fail "dpdk_rx ended with $status instead of $1: $(cat "$work/log")"
    receiver=''
}
gone() { [[ ! -e /proc/$1/exe ]] || [[ $(sed 's/.*) //; s/ .*//' "/proc/$1/stat") == Z ]]; }

test_a_port_comes_back_with_all_that_its_interface_had() {
    ip link set eth1 address 02:00:00:00:00:07 mtu 1400 up
    ip address add 198.51.100.7/24 brd + dev eth1
    ip address add 198.51.100.9 peer 198.51.100.10/32 dev eth1
    ip address add 2001:db8::7/64 dev eth1
    ip route add 203.0.113.0/24 via 198.51.100.1
    ip route add 2001:db8:1::/48 via 2001:db8::1
    eventually 20 grep -q up /sys/class/net/eth1/operstate
    local before
    before=$(belongings eth1)
    [[ $before == *203.0.113.0/24* && $before == *2001:db8:1::/48* ]] || fail "the test is wrong: $before"
    expect 0 "$nic" bind eth1
    [[ $(driver "$port") == vfio-pci ]] || fail "driver $(driver "$port")"
    output=$("$nic" status "$port")
    expect_output "$port *driver vfio-pci, no interface here*IOMMU group*back with: nic unbind $port"
    expect 0 "$nic" bind eth1 # a second time, by the name it had
    expect 0 "$nic" unbind eth1
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
    eventually 20 grep -q up /sys/class/net/eth1/operstate
    same_belongings eth1 "$before" || diff <(echo "$before") <(belongings eth1) || fail "not as before"
    ip address flush dev eth1
}

test_bind_may_be_killed_at_any_moment() { killed_at 0.1 0.4; }
killed_at() { # SECONDS…
    ip link set eth1 up
    ip address add 198.51.100.7/24 dev eth1
    local before seconds
    before=$(belongings eth1)
    for seconds; do
        timeout --signal KILL "$seconds" "$nic" bind "$port" >/dev/null 2>&1 || :
        expect 0 "$nic" unbind "$port"
        eventually 20 same_belongings eth1 "$before"
    done
    ip address flush dev eth1
}

test_a_port_in_use_is_not_given_back_and_after_sigkill_it_is_as_good_as_new() {
    expect 0 "$nic" bind "$port"
    start_receiver
    expect 1 "$nic" unbind "$port"
    expect_output "nic: unbind $port: in use by process $receiver; stop it first: kill $receiver"
    kill -KILL "$receiver"
    wait "$receiver" 2>/dev/null || :
    start_receiver
    kill -INT "$receiver"
    ended_with 0
    start_receiver
    kill -KILL "$receiver"
    wait "$receiver" 2>/dev/null || :
    receiver=''
    expect 0 "$nic" unbind "$port"
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
    ip link set eth1 up
    eventually 20 grep -q up /sys/class/net/eth1/operstate
}

# A driver keeps what it has sent until it needs the descriptor: a pool smaller than the transmit ring ran out of
# mbufs after 255 reports, and from then on no switch heard of the groups.
nightly_membership_reports_do_not_run_out_of_mbufs() {
    local group options=(--igmp 2)
    for group in {2..60}; do options+=(--group "239.1.1.$group:30001"); done
    ip link set eth0 up
    expect 0 "$nic" bind "$port"
    start_receiver "${options[@]}"
    for _ in {1..10}; do
        "$RXLAB_BINARY_DIR/bin/igmp_query" eth0 2 0.0.0.0 1
        sleep 0.2
    done
    kill -TERM "$receiver"
    ended_with 0
    # Without python3, which takes an emulated machine as long as all of this claim.
    [[ $(igmp_count reports) -gt 512 && $(igmp_count not_sent) == 0 && $(igmp_count leaves) == 60 ]] || fail "$(cat "$work/summary")"
}
igmp_count() { tr -d ' \n' <"$work/summary" | grep -o '"igmp":{[^}]*}' | grep -o "\"$1\":[0-9]*" | cut -d : -f 2; }

# tests/nic_rx/in_guest.sh has more about it.
test_our_own_driver_makes_the_senders_book() {
    local bin=$RXLAB_BINARY_DIR/bin sent
    [[ -x $bin/nic_rx ]] || skip "nic_rx is not built"
    expect 0 "$nic" bind "$port"
    "$bin/nic_rx" --interface "$port" --group 239.1.1.1:30001 --orders 10000 --levels 5000 --exit-at-end-of-session \
        >"$work/log" 2>&1 &
    receiver=$!
    ip link set eth0 up
    ip address add 192.0.2.1/24 dev eth0
    eventually 60 said '^ready: '
    eventually 20 grep -q up /sys/class/net/eth0/operstate
    sent=$("$bin/feedsim" --group 239.1.1.1:30001 --interface eth0 --packets 400 --rate 400 --symbols 50 | grep '^digest: ')
    ended_with 0
    [[ -n $sent && $(grep '^digest: ' "$work/log") == "$sent" ]] || fail "sent: $sent; $(cat "$work/log")"
    ip address flush dev eth0
    expect 0 "$nic" unbind "$port"
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
}

# Each privilege is asked for by name, and with all of them root is not needed.
nightly_an_ordinary_user_is_told_what_is_missing_and_then_receives() {
    need_open_clone
    local group
    expect 0 "$nic" bind "$port"
    group=/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$port/iommu_group")")
    install -d -o 65534 -m 0755 "$work" "$work/runtime"
    rm -f "$work/summary" # an earlier claim's, root's
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_RUNTIME_DIR="$work/runtime")
    local command=("${as[@]}" "$dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001)
    echo 0 >"$huge_pages"
    expect 1 "${command[@]}"
    [[ $output == *'no huge pages are reserved'*sysctl* ]] || fail "huge pages: $output"
    echo 160 >"$huge_pages"
    expect 1 "${command[@]}"
    [[ $output == *"$group is not accessible for this user: \`chown 65534 $group\`"* ]] || fail "group: $output"
    chown 65534 "$group"
    expect 1 prlimit --memlock=65536 "${command[@]}"
    [[ $output == *'only 64 KiB may be locked'* ]] || fail "locked memory: $output"
    as=(prlimit --memlock=unlimited "${as[@]}")
    start_receiver
    kill -TERM "$receiver"
    ended_with 0
    expect 0 "$nic" unbind "$port"
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
}

catches_sigterm() { # PID
    (((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") >> 14) & 1))
}

# On virtio-net: QEMU's e1000e does not tell its driver (not the kernel's either).
nightly_an_unplugged_cable_ends_the_run_with_its_summary() {
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
    # Without a link the next one waits, and gives up when told to; nothing of it is left.
    "$dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001 --link-wait 100 >"$work/log" 2>&1 &
    receiver=$!
    eventually 60 catches_sigterm "$receiver"
    kill -TERM "$receiver"
    ended_with 1
    grep -q "start port $port: told to stop while waiting for its link" "$work/log" || fail "$(cat "$work/log")"
    expect 1 "$dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001 --link-wait 0.1
    expect_output "dpdk_rx: start port $port: no link after 0.1 s*"
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
    expect 0 "$nic" unbind "$port" # which finds it again
    [[ $(driver "$port") == e1000e && -e /sys/class/net/eth1 ]] || fail "driver $(driver "$port")"
}

# Line A on an e1000e, line B on a virtio card, one loop for both; while the feed is sent, the first card goes.
nightly_two_ports_are_polled_by_one_loop_and_one_may_be_removed() {
    local other bin=$RXLAB_BINARY_DIR/bin sender
    other=$(grep -l 0x1041 /sys/bus/pci/devices/*/device | cut -d / -f 6)
    echo 320 >"$huge_pages"
    expect 0 "$nic" bind "$port"
    expect 0 "$nic" bind "$other"
    "$dpdk_rx" --allow "$port" --allow "$other" --in-memory --no-telemetry -- --group "239.1.1.1:30001@$port" \
        --line-b "239.1.2.1:30001@$other" --from 1 --gap-wait 1000000 --exit-at-end-of-session --orders 100000 \
        --levels 10000 --json "$work/summary" >"$work/log" 2>&1 &
    receiver=$!
    ip link set eth0 up
    ip address add 192.0.2.1/24 dev eth0
    eventually 60 said '^ready: '
    eventually 20 grep -q up /sys/class/net/eth0/operstate
    "$bin/feedsim" --interface eth0 --group 239.1.1.1:30001 --line-b 239.1.2.1:30001 --packets 1000 --rate 200 --symbols 50 \
        --linger 3 >"$work/sender" 2>&1 &
    sender=$!
    sleep 1.5
    echo 1 >"/sys/bus/pci/devices/$port/remove" &
    ended_with 0
    wait "$sender" || fail "$(cat "$work/sender")"
    [[ $(grep '^digest: ' "$work/log") == "$(grep '^digest: ' "$work/sender")" ]] || fail "another book: $(cat "$work/log")"
    grep -q '^book 0: current' "$work/log" || fail "$(cat "$work/log")"
    grep -Eq "^port $port: lines A0: [0-9]+ packets, LOST: port $port was removed" "$work/log" || fail "$(cat "$work/log")"
    grep -Eq "^port $other: lines B0: [0-9]+ packets, there at the end" "$work/log" || fail "$(cat "$work/log")"
    wait
    ip address flush dev eth0
    expect 0 "$nic" unbind "$other"
    expect 0 "$nic" unbind "$port"
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

nightly_what_is_built_on_a_port_is_not_taken_with_it() {
    ip link add br0 type bridge
    ip link set eth1 master br0
    expect 1 "$nic" bind eth1
    expect_output "nic: bind $port: br0 is built on eth1; *--force"
    local before
    before=$(belongings eth1)
    expect 0 "$nic" bind --force eth1
    expect 0 "$nic" unbind eth1
    same_belongings eth1 "$before" || diff <(echo "$before") <(belongings eth1) || fail "not in its bridge"
    expect 1 "$nic" bind br0
    expect_output '*there is no device under it*'
    ip link del br0
}

test_a_port_whose_interface_is_in_another_namespace_is_not_taken() {
    ip netns add other
    ip link set eth1 netns other
    expect 1 "$nic" bind "$port"
    expect_output "*driver e1000e has it*another network namespace*--force"
    ip netns exec other ip link set eth1 netns 1
    ip netns del other
}

test_a_shared_iommu_group_is_refused_by_name() {
    local pair
    mapfile -t pair < <(grep -l 0x100e /sys/bus/pci/devices/*/device | cut -d / -f 6) # e1000
    ((${#pair[@]} == 2)) || fail "no two cards behind a bridge: the test is wrong"
    expect 1 "$nic" bind "${pair[0]}"
    expect_output "nic: bind ${pair[0]}: it shares IOMMU group * with ${pair[1]} (e1000)*"
    [[ $(driver "${pair[0]}") == e1000 ]] || fail "driver $(driver "${pair[0]}")"
}

# Half a minute each in an emulated machine, where each program takes a tenth of a second to start.
nightly_the_bed_leaves_no_trace_when_its_owner_is_killed() {
    ip link set eth1 up
    ip address add 198.51.100.7/24 dev eth1
    local before
    before=$(what_there_is)
    sleep 1000 &
    local owner=$!
    expect 0 "$nic" up --tx eth0 --rx eth1 --huge-pages 8 --owner "$owner"
    expect 0 "$nic" exec rx-bound true
    [[ $(driver "$port") == vfio-pci ]] || fail "driver $(driver "$port")"
    expect 1 "$nic" unbind "$port"
    expect_output "nic: use $port: it belongs to bed default; take that down first: *nic down"
    kill -KILL "$owner"
    eventually 60 test ! -e /run/rxlab-nic/bed-default
    eventually 20 as_before "$before"
    ip address flush dev eth1
}
what_there_is() { ip -o -4 address | cut -d ' ' -f 2- && cat "$huge_pages" && ip netns; }
as_before() { diff <(echo "$1") <(what_there_is) >/dev/null; }

nightly_the_bed_leaves_no_trace_when_it_is_killed_half_up_or_its_port_is_removed() {
    ip link set eth1 up
    ip address add 198.51.100.7/24 dev eth1
    local before
    before=$(what_there_is)
    expect 0 "$nic" up --tx eth0 --rx eth1
    expect 0 "$nic" exec rx-bound true
    expect 0 "$nic" exec rx ip link show dev eth1
    sed -i /^up=/d /run/rxlab-nic/bed-default
    expect 0 "$nic" up --tx eth0 --rx eth1
    expect 0 "$nic" exec rx-bound true
    echo 1 >"/sys/bus/pci/devices/$port/remove"
    expect 0 "$nic" down
    eventually 20 as_before "$before"
    ip address flush dev eth1
}

nightly_bind_may_be_killed_at_many_moments() { killed_at 0.05 0.1 0.15 0.2 0.3 0.4 0.6 0.8 1.2; }

if [[ ${2:-} == nightly ]]; then
    mapfile -t claims < <(compgen -A function nightly_)
    run_claims "${claims[@]}"
fi
run_claims "${@:2}"
