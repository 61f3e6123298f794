#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# nic_rx on an emulated 82574L: the same books as through the kernel's driver, a reason and a remedy where it cannot
# start, and nothing left behind. Runs as root in a guest with an IOMMU: eth0 and eth1 on one wire, two cards that
# are one IOMMU group, and one in a hot-plug slot (guest.sh). $1 is a folder that the host watches; then claims by name.
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
nic=$RXLAB_SOURCE_DIR/testbed/nic/nic
bin=$RXLAB_BINARY_DIR/bin
host=$1
shift
work=$(mktemp -d)
port=$(basename "$(readlink -f /sys/class/net/eth1/device)")
group=239.1.1.1:30001
as=() # before the receiver's name

tidy() {
    [[ -z ${receiver:-} ]] || kill -KILL "$receiver" 2>/dev/null || :
    wait 2>/dev/null || :
    "$nic" unbind "$port" >/dev/null 2>&1 || :
}
driver() { (cd -P "/sys/bus/pci/devices/$1/driver" && echo "${PWD##*/}"); }
# The command word of its configuration space: bit 2 lets it reach memory.
masters() { (($(od -An -tu2 -j4 -N2 "/sys/bus/pci/devices/$1/config") & 4)); }
number() { sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" "$work/summary" | head -n 1; }
digest() { sed -n 's/^digest: //p' "$work/log"; }
said() { grep -q "$1" "$work/log" || { gone "$receiver" && fail "it ended: $(cat "$work/log")"; }; }
gone() { [[ ! -e /proc/$1/exe ]] || [[ $(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) == Z ]]; }

start_receiver() { # PROGRAM INTERFACE OPTION…: in the background, until it is ready
    local program=$1 interface=$2
    shift 2
    rm -f "$work"/{log,summary}
    "${as[@]}" "$bin/$program" --interface "$interface" --group "$group" --orders 100000 --levels 10000 --json "$work/summary" \
        "$@" >"$work/log" 2>&1 &
    receiver=$!
    eventually 60 said '^ready: '
}
ended_with() { # STATUS
    local status=0
    eventually 60 gone "$receiver"
    wait "$receiver" || status=$?
    ((status == $1)) || fail "it ended with $status instead of $1: $(cat "$work/log")"
    receiver=''
}
up() { # INTERFACE ADDRESS
    ip link set "$1" txqueuelen 10000
    ip link set "$1" up
    ip address replace "$2/24" dev "$1"
    ip route replace 239.0.0.0/8 dev "$1"
    eventually 20 grep -q up "/sys/class/net/$1/operstate"
}
send() { # OPTION…
    "$bin/feedsim" --group "$group" --interface eth0 --seed 7 --symbols 50 "$@" >"$work/sender" 2>&1 || fail "$(cat "$work/sender")"
    ! grep 'packets were refused' "$work/sender" >&2 || fail 'the kernel did not take all packets from the sender'
}
# Both ends of the wire are this kernel's, which otherwise takes nothing from an address of its own.
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.accept_local=1
# A sender that was held up sends a burst: the kernel takes all of it, and drops nothing of what has to wait (fq_codel would).
sysctl -qw net.core.wmem_max=16777216 net.core.default_qdisc=pfifo_fast

test_the_books_are_those_of_the_kernels_driver() {
    up eth0 192.0.2.1
    up eth1 192.0.2.2
    start_receiver kernel_rx eth1 --exit-at-end-of-session --receive-buffer 8388608
    send --packets 1000 --rate 500
    ended_with 0
    local expected
    expected=$(digest)
    [[ -n $expected && $(number packets) == 1000 ]] || fail "the test is wrong: $(cat "$work/log")"
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port" --exit-at-end-of-session
    send --packets 1000 --rate 500
    ended_with 0
    [[ $(digest) == "$expected" ]] || fail "digest $(digest), not $expected: $(cat "$work/log")"
    [[ $(number packets) == 1000 && $(number missed) == 0 && $(number segmented_frames) == 0 ]] || fail "$(cat "$work/summary")"
    ! masters "$port" || fail "the card may still reach memory"
    expect 0 "$nic" unbind "$port"
    up eth1 192.0.2.2
    start_receiver kernel_rx eth1 --exit-at-end-of-session --receive-buffer 8388608
    send --packets 100 --rate 500
    ended_with 0
    [[ $(number packets) == 100 ]] || fail "the kernel's driver does not work any more: $(cat "$work/log")"
}

test_jumbo_frames_come_whole_into_long_buffers_and_not_at_all_into_short_ones() {
    up eth0 192.0.2.1
    ip link set eth0 mtu 4000
    eventually 20 grep -q up /sys/class/net/eth0/operstate
    expect 0 "$nic" bind "$port"
    local datagram='import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.1"))
for _ in range(50): s.sendto(b"RXLAB00001" + bytes(8) + bytes(2) + bytes(3000), ("239.1.1.1", 30001))'
    local options
    for options in '' '--buffer-bytes 4096'; do
        # shellcheck disable=SC2086 # words
        start_receiver nic_rx "$port" $options
        python3 -c "$datagram"
        sleep 1
        kill -TERM "$receiver"
        ended_with 0
        if [[ -z $options ]]; then
            [[ $(number segmented_frames) == 50 && $(number frames_ok) == 0 ]] || fail "short: $(cat "$work/summary")"
        else
            [[ $(number segmented_frames) == 0 && $(number frames_ok) == 50 ]] || fail "long: $(cat "$work/summary")"
        fi
    done
    ip link set eth0 mtu 1500
}

# QEMU's card keeps frames waiting where a real one drops and counts them.
test_what_a_full_ring_costs_is_received_or_counted() {
    up eth0 192.0.2.1
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port" --descriptors 64
    kill -STOP "$receiver"
    send --packets 500 --rate 500
    kill -CONT "$receiver"
    sleep 2
    kill -TERM "$receiver"
    ended_with 0
    (($(number packets) + $(number missed) == 500)) || fail "$(cat "$work/summary")"
    echo "    a full ring: $(number packets) received, $(number missed) missed, $(number ring_full) times full"
}

# machine_arguments in testbed/vm/qemu.sh has the port that this needs.
test_frames_that_wait_for_a_full_ring_keep_their_order() {
    up eth0 192.0.2.1
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port" --descriptors 64 --exit-at-end-of-session
    send --packets 6000 --rate 3000 &
    local sender=$!
    # Until it has received the end of the session.
    for _ in {1..300}; do
        kill -STOP "$receiver" 2>/dev/null || break
        sleep 0.1
        kill -CONT "$receiver" 2>/dev/null || break
        sleep 0.1
    done
    wait "$sender"
    ended_with 0
    [[ $(number packets) == 6000 && $(number gaps) == 0 ]] ||
        fail "$(number packets) packets, $(number gaps) gaps: $(cat "$work/sender" "$work/log")"
}

test_it_reports_its_groups_and_answers_queries() {
    up eth0 192.0.2.1
    expect 0 "$nic" bind "$port"
    ip link set eth0 promisc on # else that card drops reports, because they go to routers
    local before
    before=$(cat /sys/class/net/eth0/statistics/rx_packets)
    start_receiver nic_rx "$port" --igmp-source 192.0.2.2
    "$bin/igmp_query" eth0 3 0.0.0.0 1
    sleep 2
    kill -TERM "$receiver"
    ended_with 0
    # Two for the join, one for the query, two for the leave.
    [[ $(number reports) -ge 3 && $(number queries_v3) == 1 && $(number leaves) == 2 && $(number not_sent) == 0 ]] || fail "$(cat "$work/summary")"
    (($(cat /sys/class/net/eth0/statistics/rx_packets) >= before + 5)) || fail "the frames did not come out of the other card"
    ip link set eth0 promisc off
}

test_a_frame_of_another_vlan_is_left_out_and_one_of_ours_is_taken() {
    up eth0 192.0.2.1
    ip link add link eth0 name eth0.7 type vlan id 7
    ip link set eth0.7 up
    ip address add 198.51.100.1/24 dev eth0.7
    expect 0 "$nic" bind "$port"
    local vlan
    for vlan in 7 8; do
        start_receiver nic_rx "$port" --vlan "$vlan"
        "$bin/feedsim" --group "$group" --interface eth0.7 --packets 50 --rate 1000 >"$work/sender" 2>&1 || fail "$(cat "$work/sender")"
        sleep 1
        kill -TERM "$receiver"
        ended_with 0
        if [[ $vlan == 7 ]]; then
            [[ $(number packets) == 50 && $(number other_vlan) == 0 ]] || fail "$(cat "$work/summary")"
        else
            [[ $(number packets) == 0 && $(number other_vlan) -ge 50 ]] || fail "$(cat "$work/summary")"
        fi
    done
    ip link del eth0.7
}

test_what_is_missing_is_said_with_its_remedy() {
    expect 1 "$bin/nic_rx" --interface "$port" --group "$group"
    expect_output "nic_rx: use $port: it has driver e1000e; give it to vfio-pci: testbed/nic/nic bind $port"
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port"
    expect 1 "$bin/nic_rx" --interface "$port" --group "$group"
    expect_output "nic_rx: open /dev/vfio/*: Device or resource busy; another program has the device; see: fuser -v /dev/vfio/*"
    kill -TERM "$receiver"
    ended_with 0
    need_open_clone
    local file
    file=/dev/vfio/$(basename "$(readlink "/sys/bus/pci/devices/$port/iommu_group")")
    chmod 711 "$work"
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    expect 1 "${as[@]}" "$bin/nic_rx" --interface "$port" --group "$group"
    expect_output "nic_rx: open $file*: Permission denied; let this user have it: chown \$USER $file (as root)"
    chown 65534 "$file"
    expect 1 prlimit --memlock=65536 "${as[@]}" "$bin/nic_rx" --interface "$port" --group "$group"
    expect_output "nic_rx: pin * KiB for $port: Cannot allocate memory; this user may lock less memory: see \`ulimit -l\`*"
    chown 65534 "$work" # for the summary
    as=(prlimit --memlock=8388608 "${as[@]}")
    start_receiver nic_rx "$port"
    kill -TERM "$receiver"
    ended_with 0
}

# nic bind refuses this; somebody may do it by hand.
test_a_group_with_a_kernel_driver_in_it_is_named() {
    local pair
    # Two functions of one card behind a port. (On the root bus each would have a group of its own.)
    mapfile -t pair < <(cd /sys/bus/pci/devices && second=$(basename -- *:00.1) && printf '%s\n' "${second%1}0" "$second")
    [[ $(readlink "/sys/bus/pci/devices/${pair[0]}/iommu_group") == "$(readlink "/sys/bus/pci/devices/${pair[1]}/iommu_group")" ]] ||
        fail "no two cards in one group: the test is wrong"
    modprobe vfio-pci
    echo vfio-pci >"/sys/bus/pci/devices/${pair[0]}/driver_override"
    echo "${pair[0]}" >"/sys/bus/pci/devices/${pair[0]}/driver/unbind"
    echo "${pair[0]}" >/sys/bus/pci/drivers_probe
    expect 1 timeout 60 "$bin/nic_rx" --interface "${pair[0]}" --group "$group"
    expect_output "nic_rx: use ${pair[0]}: its IOMMU group * is not viable*: ${pair[1]} (e1000e); bind *"
}

test_after_sigkill_the_card_is_quiet_and_as_good_as_new() {
    up eth0 192.0.2.1
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port"
    masters "$port" || fail "the test is wrong: it reaches no memory"
    kill -KILL "$receiver"
    wait "$receiver" 2>/dev/null || :
    ! masters "$port" || fail "the card may still reach memory"
    [[ $(driver "$port") == vfio-pci ]] || fail "driver $(driver "$port")"
    start_receiver nic_rx "$port" --exit-at-end-of-session
    send --packets 100 --rate 500
    ended_with 0
    [[ $(number packets) == 100 ]] || fail "$(cat "$work/log")"
    expect 0 "$nic" unbind "$port"
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
    ip link set eth1 up
    eventually 20 grep -q up /sys/class/net/eth1/operstate
}

# As somebody at a hot-plug slot would; the kernel asks nic_rx for the card and waits.
test_a_removed_card_ends_the_run_with_its_summary() {
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port"
    echo 1 >"/sys/bus/pci/devices/$port/remove" &
    ended_with 1
    tail -n 1 "$work/log" | grep -q "device $port is wanted back by the kernel" || fail "no reason: $(cat "$work/log")"
    [[ -n $(number packets) ]] || fail "no summary"
    wait
    expect 0 "$nic" unbind "$port" # which finds it again
    [[ $(driver "$port") == e1000e ]] || fail "driver $(driver "$port")"
}

# QEMU's device_del: the slot's button is pressed, the kernel takes the card down and switches the slot off.
test_a_card_that_leaves_its_slot_ends_the_run_and_nothing_stays_bound() {
    local card
    card=$(</sys/bus/pci/slots/1/address).0
    expect 0 "$nic" bind "$card"
    start_receiver nic_rx "$card"
    touch "$host/pull-card0"
    ended_with 1
    tail -n 1 "$work/log" | grep -q "device $card is wanted back by the kernel" || fail "no reason: $(cat "$work/log")"
    eventually 20 test ! -e "/sys/bus/pci/devices/$card"
    [[ -z $(compgen -G '/sys/bus/pci/drivers/vfio-pci/????:*') ]] || fail "still bound: $(ls /sys/bus/pci/drivers/vfio-pci)"
}

test_a_cable_that_is_pulled_is_noticed() {
    expect 0 "$nic" bind "$port"
    start_receiver nic_rx "$port" --link-wait 30
    touch "$host/unplug-cable"
    sleep 2
    touch "$host/plug-cable"
    sleep 3
    kill -TERM "$receiver"
    ended_with 0
    [[ $(number link_losses) == 1 && $(number link_down_ms) -gt 500 ]] || fail "$(cat "$work/summary")"
    start_receiver nic_rx "$port" --link-wait 1
    touch "$host/unplug-again"
    ended_with 1
    tail -n 1 "$work/log" | grep -q "the link of $port went down, and did not come back within 1 s" || fail "$(cat "$work/log")"
    touch "$host/plug-again"
    sleep 2
}

run_claims "$@"
