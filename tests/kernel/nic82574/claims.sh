#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# claims.sh MODULE-FOLDER SHARED [CLAIM…|all|storms]: what rxlab_nic82574 does, in a guest with two e1000e on one wire, as root.
# eth0 sends; eth1 has our driver. The host pulls eth1's cable when SHARED has the file unplug-cable. Without CLAIM the
# claims test_…; all: those called nightly_…, too; storms: those called storm_….
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin
driver_folder=$RXLAB_SOURCE_DIR/kernel/nic82574
# shellcheck source=../../../kernel/nic82574/ends.sh
. "$driver_folder/ends.sh"
export OUT=$1
shared=$2
bin=$RXLAB_BINARY_DIR/bin
name=rxlab_nic82574
address=$(basename "$(readlink -f /sys/class/net/eth1/device)")
driver() { bash "$driver_folder/driver.sh" "$@"; }
driver_of() { basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"; }
in_tx() { ip netns exec tx "$@"; }
count() { counter eth1 "$1"; }
answers() { in_tx busybox ping -c 3 -i 0.05 -W 2 -q 192.0.2.2 >/dev/null; }

# The driver has eth1, and the two ends are up.
ready() {
    driver load eth1 >/dev/null && ends_up eth0 eth1
}
tidy() {
    rm -f /run/flood
    end_jobs
    ends_down eth0 eth1
    [[ ! -d /sys/module/$name ]] || driver unload >/dev/null
    [[ -e /sys/bus/pci/devices/$address ]] || { echo 1 >/sys/bus/pci/rescan; sleep 0.5; }
}

# The digest of the books that kernel_rx built from the feed through eth1, and of the sender's.
digests() { # MESSAGES RATE
    local receiver
    sysctl -q net.core.rmem_max=16777216 net.core.wmem_max=16777216
    "$bin/kernel_rx" --interface eth1 --group 239.1.1.1:30001 --receive-buffer 8000000 --exit-at-end-of-session \
        >/run/received 2>&1 &
    receiver=$!
    eventually 60 grep -qs ^ready: /run/received
    in_tx "$bin/feedsim" --interface eth0 --group 239.1.1.1:30001 --messages "$1" --seed 7 --rate "$2" >/run/sent 2>&1 ||
        fail "$(cat /run/sent)"
    ! grep 'packets were refused' /run/sent >&2 || fail 'the kernel did not take all packets from the sender'
    eventually 60 grep -q ^digest: /run/received
    wait "$receiver" || fail "$(cat /run/received)"
    sed -n 's/^digest: //p' /run/sent /run/received | sort -u
}

# As fast as it can, until /run/flood is gone.
flood() {
    : >/run/flood
    while [[ -e /run/flood ]]; do in_tx busybox ping -A -w 1 -q 192.0.2.2; done >/dev/null 2>&1 &
    in_tx "$bin/feedsim" --interface eth0 --group 239.1.1.1:30001 --duration 60 --rate 20000 --no-digest >/dev/null 2>&1 &
    feed=$!
}
end_flood() {
    rm -f /run/flood
    kill "$feed"
    wait
}

test_loading_takes_the_nic_and_unloading_gives_it_back() {
    [[ $(driver_of "$address") == e1000e ]] || fail "at first: $(driver_of "$address")"
    expect 0 driver load eth1
    expect_output "$name has $address: interface eth1*"
    [[ $(driver_of "$address") == "$name" && -e /sys/class/net/eth0 ]] || fail "$(driver_of "$address")"
    expect 0 driver unload
    [[ $(driver_of "$address") == e1000e && ! -d /sys/module/$name ]] || fail "$(driver_of "$address")"
    expect 1 driver load lo
    expect_output '*there is no lo*'
}

test_the_books_are_the_same_whoever_calls_the_rx_handler() {
    ready
    local mode same=''
    for mode in irq napi threaded; do
        receive_by eth1 "$mode"
        output=$(digests 2000 1000) || fail "$mode"
        [[ $output == ????????????????  && ${same:-$output} == "$output" ]] || fail "$mode: $output, before: $same"
        same=$output
    done
}

test_in_the_interrupt_nobody_polls_and_with_napi_every_packet_is_polled() {
    ready
    local polls packets interrupts
    receive_by eth1 irq
    polls=$(count polls) packets=$(count rx_packets) interrupts=$(count interrupts)
    answers || fail 'no answer'
    (($(count polls) == polls)) || fail 'polled'
    (($(count rx_packets) >= packets + 3 && $(count interrupts) >= interrupts + 3)) || fail "$(ethtool -S eth1)"
    receive_by eth1 napi
    polls=$(count polls)
    answers || fail 'no answer'
    (($(count polls) >= polls + 3)) || fail 'not polled'
    receive_by eth1 threaded
    pgrep -f 'napi/eth1' >/dev/null || fail 'no thread'
    answers || fail 'no answer'
}

# Frames for groups; what arrives is counted before the kernel looks at it.
multicast() { # GROUP
    local before
    before=$(count rx_packets)
    for _ in {1..10}; do in_tx bash -c "echo >/dev/udp/$1/30001"; done
    sleep 0.3
    echo $(($(count rx_packets) - before))
}

test_the_filter_lets_in_the_groups_that_are_joined_and_no_others() {
    ready
    sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    in_tx sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    in_tx ip route add 224.0.0.0/4 dev eth0
    [[ $(multicast 239.1.178.3) == 0 ]] || fail 'a frame for a group that nobody joined'
    ip maddress add 01:00:5e:01:b2:03 dev eth1
    [[ $(multicast 239.1.178.3) == 10 && $(multicast 239.1.162.3) == 0 ]] || fail 'joined'
    ip maddress del 01:00:5e:01:b2:03 dev eth1
    [[ $(multicast 239.1.178.3) == 0 ]] || fail 'left'
    ip link set eth1 allmulticast on
    [[ $(multicast 239.1.162.3) == 10 ]] || fail 'all multicast'
    ip link set eth1 allmulticast off
    ip link set eth1 promisc on
    [[ $(multicast 239.1.162.3) == 10 ]] || fail 'promiscuous'
    ip link set eth1 promisc off
    [[ $(multicast 239.1.162.3) == 0 ]] || fail 'again'
}

test_what_it_cannot_do_is_refused() {
    ready
    expect 2 ip link set eth1 mtu 1501
    expect_output '*mtu greater than device maximum*'
    ip link set eth1 mtu 1400
    answers || fail 'mtu 1400'
    expect 1 ethtool -C eth1 rx-usecs 16777
    expect_output '*rx-usecs must be 0 to 16776*'
    ethtool -C eth1 rx-usecs 16776
    ethtool -c eth1 | grep -Eq '^rx-usecs:[[:space:]]+16776$' || fail "$(ethtool -c eth1)"
    answers || fail 'no answer'
    expect 2 ip link set eth1 address 02:00:00:00:00:07 # while up
}

test_the_largest_frames_and_the_smallest_go_both_ways() {
    ready
    in_tx busybox ping -c 2 -W 2 -q -s 1472 192.0.2.2 >/dev/null || fail 'no answer to 1514 bytes'
    in_tx busybox ping -c 2 -W 2 -q -s 0 192.0.2.2 >/dev/null || fail 'no answer to 60 bytes'
    ip link add link eth1 name eth1.7 type vlan id 7 && ip address add 198.51.100.2/24 dev eth1.7
    ip link set eth1.7 up
    in_tx ip link add link eth0 name eth0.7 type vlan id 7 && in_tx ip address add 198.51.100.1/24 dev eth0.7
    in_tx ip link set eth0.7 up
    # A new interface may be up a second before its link is.
    local tries=0
    until in_tx busybox ping -c 1 -W 2 -q -s 1472 198.51.100.2 >/dev/null; do
        ((tries++ < 10)) || fail 'no answer to 1518 bytes'
    done
    in_tx ip link del eth0.7
}

nightly_20000_packets_give_the_book_that_the_stock_driver_gives() {
    ends_up eth0 eth1
    local stock mode
    [[ $(driver_of "$address") == e1000e ]] || fail "$(driver_of "$address")"
    stock=$(digests 20000 2500)
    ends_down eth0 eth1
    ready
    for mode in irq napi threaded; do
        receive_by eth1 "$mode"
        [[ $(digests 20000 2500) == "$stock" ]] || fail "$mode: $(cat /run/received)"
    done
    echo "    digest $stock, $(ethtool -S eth1 | grep missed)"
}

# More than the ring holds: the queue stops, and nic_tx_clean() wakes it. What comes meanwhile waits in the kernel's own
# queue, which drops what is too much.
nightly_a_full_transmit_ring_waits_and_goes_on() {
    ready
    local mode sent
    for mode in napi irq threaded; do
        receive_by eth1 "$mode"
        sent=$(count tx_packets)
        "$bin/feedsim" --interface eth1 --group 239.1.1.1:30001 --messages 20000 --rate 1000000 --no-digest >/dev/null 2>&1
        (($(count tx_packets) >= sent + 20 * 256)) || fail "$mode: $(($(count tx_packets) - sent)) of 20000"
        answers || fail "$mode: no answer afterwards"
    done
    [[ $(count tx_dropped) == 0 ]] || fail "$(ethtool -S eth1)"
}

nightly_moderation_leaves_fewer_interrupts() {
    ready
    receive_by eth1 irq
    local before plain moderated
    before=$(count interrupts)
    digests 2000 1000 >/dev/null
    plain=$(($(count interrupts) - before))
    ethtool -C eth1 rx-usecs 16000
    before=$(count interrupts)
    digests 2000 1000 >/dev/null
    moderated=$(($(count interrupts) - before))
    echo "    $plain interrupts, with rx-usecs 16000 $moderated"
    ((moderated < plain)) || fail 'no effect'
}

storm_of_up_and_down_and_of_modes_under_traffic_breaks_nothing() {
    ready
    flood
    local i
    for ((i = 0; i < 40; i++)); do
        ip link set eth1 down
        ip link set eth1 up
        receive_by eth1 "$(sed -n "$((i % 3 + 1))p" <<<$'irq\nnapi\nthreaded')"
        ((i % 10)) || sleep 0.5
    done
    for ((i = 0; i < 100; i++)); do
        ethtool --set-priv-flags eth1 rx-in-irq "$( ((i % 2)) && echo off || echo on)"
    done
    end_flood
    up_within 20 eth1
    for mode in irq napi threaded; do
        receive_by eth1 "$mode"
        eventually 20 answers
    done
}

storm_of_removals_under_traffic_leaves_nothing_behind() {
    local way mode
    for way in unbind rmmod remove; do
        for mode in irq napi threaded; do
            ready
            receive_by eth1 "$mode"
            flood
            sleep 1
            case $way in
                unbind) echo "$address" >"/sys/bus/pci/drivers/$name/unbind" ;;
                rmmod) busybox rmmod "$name" ;;
                remove) echo 1 >"/sys/bus/pci/devices/$address/remove" ;;
            esac
            [[ ! -e /sys/class/net/eth1 && ! -e /proc/irq/eth1 ]] || fail "$way, $mode: still there"
            end_flood
            [[ ! -d /sys/module/$name ]] || busybox rmmod "$name"
            ends_down eth0 eth1
            [[ $way != remove ]] || echo 1 >/sys/bus/pci/rescan
            echo >"/sys/bus/pci/devices/$address/driver_override"
            [[ -e /sys/bus/pci/devices/$address/driver ]] || echo "$address" >/sys/bus/pci/drivers_probe
            eventually 20 test -e /sys/class/net/eth1
        done
    done
}

kib_of() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }

# What a load or an open forgot would be two rings, 8 KiB, and 256 buffers of 2 KiB.
storm_of_100_loads_leaves_no_memory_behind() {
    local i before grown
    for ((i = 0; i < 110; i++)); do
        ((i != 10)) || before=$(kib_of MemAvailable)
        driver load eth1 >/dev/null && ip link set eth1 up && ip link set eth1 down
        driver unload >/dev/null
    done
    grown=$((before - $(kib_of MemAvailable)))
    echo "    $grown KiB less available after 100 loads, each opened once"
    ((grown < 20000)) || fail "$grown KiB"
}

nightly_a_pulled_cable_takes_the_link_away_and_back() {
    ready
    local changes
    changes=$(count link_changes)
    touch "$shared/unplug-cable"
    eventually 60 eval '[[ $(cat /sys/class/net/eth1/operstate) == down ]]'
    touch "$shared/plug-cable"
    eventually 60 answers
    (($(count link_changes) == changes + 2)) || fail "$(count link_changes) changes"
}

nightly_both_ends_may_have_this_driver() {
    driver load eth1 >/dev/null && driver load eth0 >/dev/null
    ends_up eth0 eth1
    [[ $(digests 2000 1000) == ???????????????? ]] || fail "$(cat /run/received)"
}

nightly_make_load_test_unload_do_what_the_readme_says() {
    by_make() { make --no-print-directory -C "$driver_folder" OUT="$OUT" "$@"; }
    expect 0 by_make load
    expect 0 by_make test
    expect_output '*Everything went as described.*Next: make unload*'
    [[ $output != *FAILED* ]] || fail "$output"
    expect 0 by_make unload
    expect 2 by_make unload
    expect_output '*unload rxlab_nic82574: it is not loaded*'
    expect 2 by_make test
    expect_output '*rxlab_nic82574 does not have eth1; first: make load*'
}

modprobe e1000e
case ${3:-} in
    all) mapfile -t claims < <(compgen -A function | grep -E '^(test|nightly)_') ;;
    storms) mapfile -t claims < <(compgen -A function storm_) ;;
    *) claims=("${@:3}") ;;
esac
run_claims "${claims[@]}"
