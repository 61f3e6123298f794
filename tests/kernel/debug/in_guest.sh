#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh BUILD PROGRAMS [CLAIM…]: the modules on the debug kernel, as root in a guest with an edu device in a slot and
# two e1000e on one wire.
# BUILD/NAME/<release> holds the module NAME, PROGRAMS its test program. What KASAN, lockdep and the others find is in the
# kernel's log, which is looked at afterwards; what kmemleak finds is asked for here.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
# shellcheck source=../../../kernel/nic82574/ends.sh
. "$RXLAB_SOURCE_DIR/kernel/nic82574/ends.sh"
export LC_ALL=C RXLAB_TIME_LIMIT_S=600
build=$1 programs=$2
here=$RXLAB_SOURCE_DIR/tests/kernel/debug
kmemleak=/sys/kernel/debug/kmemleak

module() { echo "$build/$1/$(uname -r)/rxlab_$1.ko"; }
load() { busybox insmod "$(module "$1")" "${@:2}"; }
unload() { busybox rmmod "rxlab_$1"; }

# The next driver that takes the cards, or the first COUNT of them, is ours.
cards_are_ours() { # [COUNT]
    local card cards
    mapfile -t cards < <(grep -lx 0x10d3 /sys/bus/pci/devices/*/device)
    for card in "${cards[@]:0:${1:-2}}"; do
        card=${card%/device}
        echo rxlab_nic82574 >"$card/driver_override"
        [[ ! -e $card/driver ]] || echo "${card##*/}" >"$card/driver/unbind"
    done
}

# What kmemleak found, without what the kernel itself loses: where sysfs has no memory for a new cache of objects,
# kmem_cache_create() fails and forgets the name (6.12.117: sysfs_slab_add() in mm/slub.c).
leaks_of_ours() {
    awk 'BEGIN { RS = "unreferenced object"; ORS = "" } NR > 1 && !/ sysfs_slab_add\+/ { print RS $0 }' "$kmemleak"
}

# Objects count as lost once nothing has pointed to them for five seconds; what was lost before a claim is not its own.
no_leaks() {
    sleep 6
    echo scan >"$kmemleak"
    sleep 1
    echo scan >"$kmemleak"
    [[ -z $(leaks_of_ours) ]] || fail "$(leaks_of_ours)"
    [[ -z $(<"$kmemleak") ]] || echo "rxlab: these leaks are the kernel's" >/dev/kmsg
}
tidy() {
    local folder
    end_jobs
    [[ ! -e /run/netns/tx ]] || ends_down eth0 eth1
    for folder in /sys/module/rxlab_*; do
        [[ ! -d $folder ]] || busybox rmmod "${folder##*/}"
    done
    echo clear >"$kmemleak"
}

test_00_the_kernel_is_one_that_finds_mistakes() {
    local option
    for option in KASAN PROVE_LOCKING DEBUG_ATOMIC_SLEEP DEBUG_KMEMLEAK DMA_API_DEBUG FAILSLAB; do
        grep -qx "CONFIG_$option=y" "/lib/modules/$(uname -r)/build/include/config/auto.conf" || fail "$option is off"
    done
    [[ -w /proc/self/fail-nth && -w $kmemleak ]] || fail 'fail-nth or kmemleak is missing'
    grep -q 'lock-classes' /proc/lockdep_stats
}

# The storm is shorter than elsewhere: KASAN and an emulated processor multiply.
test_10_chardev() {
    load chardev
    "$programs/chardev_test" --gtest_brief=1
    unload chardev
    no_leaks
}

test_11_edu() {
    load edu
    "$programs/edu_test" --gtest_brief=1
    unload edu
    no_leaks
}

test_12_edu_comes_and_goes_in_a_storm() {
    local device
    load edu
    device=$(basename -- "$(readlink -f /sys/class/misc/rxlab_edu0/device)")
    RXLAB_EDU_STORM_S=10 "$programs/edu_test" --gtest_brief=1 --gtest_filter='EduStorm.*' >/run/said 2>&1 &
    for ((i = 0; i < 6; i++)); do
        sleep 1
        echo "$device" >/sys/bus/pci/drivers/rxlab_edu/unbind
        echo "$device" >/sys/bus/pci/drivers/rxlab_edu/bind
    done
    wait $! || fail "$(</run/said)"
    unload edu
    no_leaks
}

test_13_ring() {
    load ring slots=8
    "$programs/ring_test" --gtest_brief=1
    unload ring
    no_leaks
}

test_14_nic82574_carries_packets_both_ways_whoever_calls_the_rx_handler() {
    local mode
    cards_are_ours
    load nic82574
    ends_up eth0 eth1
    for mode in irq napi threaded; do
        receive_by eth1 "$mode"
        ip netns exec tx busybox ping -c 300 -i 0.02 -W 5 -q 192.0.2.2 >/run/said || fail "$mode: $(</run/said)"
    done
    ends_down eth0 eth1
    unload nic82574
    no_leaks
}

# A module that is to be loaded is in memory, because the way to this machine's disk has allocations of its own.
walk() { # load PATH|open PATH|up INTERFACE
    [[ $1 != load ]] || { cp -- "$2" /run && set -- load "/run/${2##*/}"; }
    expect 0 timeout 900 python3 "$here/fail_nth.py" "$@"
    echo "    $output"
}

test_20_chardev_survives_that_any_allocation_of_its_load_and_open_fails() {
    walk load "$(module chardev)"
    load chardev
    walk open /dev/rxlab0
    unload chardev
    no_leaks
}

test_21_edu_survives_that_any_allocation_of_its_load_and_open_fails() {
    walk load "$(module edu)"
    load edu
    walk open /dev/rxlab_edu0
    unload edu
    no_leaks
}

test_22_ring_survives_that_any_allocation_of_its_load_and_open_fails() {
    walk load "$(module ring)"
    load ring
    walk open /dev/rxring
    unload ring
    no_leaks
}

test_23_nic82574_survives_that_any_allocation_of_its_load_fails() {
    cards_are_ours 1
    walk load "$(module nic82574)"
    cards_are_ours
    load nic82574
    ends_up eth0 eth1
    ends_down eth0 eth1
    unload nic82574
    no_leaks
}

test_24_nic82574_survives_that_any_allocation_of_its_going_up_fails() {
    cards_are_ours
    load nic82574
    walk up eth0
    ip link set eth0 down
    ends_up eth0 eth1
    ip netns exec tx busybox ping -c 3 -W 5 -q 192.0.2.2 >/run/said || fail "$(</run/said)"
    ends_down eth0 eth1
    unload nic82574
    no_leaks
}

test_30_edu_is_pulled_in_a_storm() {
    load edu
    RXLAB_EDU_STORM_S=6 "$programs/edu_test" --gtest_brief=1 --gtest_filter='EduStorm.*' >/run/said 2>&1 &
    sleep 3
    OUT=$(dirname -- "$(module edu)") bash "$RXLAB_SOURCE_DIR/kernel/edu/driver.sh" pull
    wait $! || fail "$(</run/said)"
    eventually 20 test ! -e /dev/rxlab_edu0
    unload edu
    no_leaks
}

echo clear >"$kmemleak"
run_claims "${@:3}"
