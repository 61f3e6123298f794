#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh BUILD EDU_TEST: as root in a guest with an IOMMU that translates, and two edu devices in slots: one as it
# is, and one that drives 24 bits of an address where the driver believes in 28. BUILD/<release> holds the module.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
build=$1/$(uname -r)
edu_test=$2
source=$RXLAB_SOURCE_DIR/kernel/edu
pci=/sys/bus/pci
# Only the first is the driver's, unless a claim gives it the second.
mapfile -t devices < <(grep -lx 0x11e8 $pci/devices/*/device | cut -d/ -f6)
whole=${devices[0]} narrow=${devices[1]}

load() { busybox insmod "$build/rxlab_edu.ko" "$@"; }
unload() { busybox rmmod rxlab_edu; }
loaded() { [[ -d /sys/module/rxlab_edu ]]; }
eductl() { "$build/eductl" "$@"; }
bind() { echo "$1" >"$pci/drivers/rxlab_edu/bind"; }
unbind() { echo "$1" >"$pci/drivers/rxlab_edu/unbind"; }
driver() { OUT="$build" KDIR="/lib/modules/$(uname -r)/build" bash "$source/driver.sh" "$@"; }
kib_of() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }
said_since() { dmesg | tail -n "+$(($1 + 1))"; }

snapshot() {
    ! loaded || echo 'the module is loaded'
    ls /dev/rxlab_edu* 2>/dev/null
    grep rxlab_edu /proc/interrupts /proc/iomem
}
tidy() {
    end_jobs
    ! loaded || unload
}

# Whether the driver takes the device is up to "override": no driver has this name.
give() { # DEVICE yes|no
    local override=none
    [[ $2 == no ]] || override=''
    echo "$override" >"$pci/devices/$1/driver_override"
}

test_10_system_calls_with_messages() {
    load
    expect 0 eductl /dev/rxlab_edu0 info
    expect_output 'edu 1.0, MSI *, 0 interrupts, 0 transfers'
    "$edu_test"
}

test_11_system_calls_with_the_wire() {
    load msi=0
    expect 0 eductl /dev/rxlab_edu0 info
    expect_output 'edu 1.0, INTx *, 0 interrupts, 0 transfers'
    "$edu_test"
}

test_20_an_iommu_that_translates_gives_the_device_addresses_of_its_own() {
    load
    [[ $(<"$pci/devices/$whole/iommu_group/type") == DMA* ]] || fail 'it does not translate'
    expect 0 eductl /dev/rxlab_edu0 copy
    expect_output 'streaming: 4095 bytes*, 0 different*coherent: 4095 bytes*, 0 different'
    head -c 10 /dev/rxlab_edu0 >/dev/null
    expect 0 eductl /dev/rxlab_edu0 info
    [[ $output =~ memory\ at\ (0x[0-9a-f]+),\ which\ the\ device\ calls\ (0x[0-9a-f]+) ]] || fail "$output"
    ((BASH_REMATCH[1] < 0x1000000 && BASH_REMATCH[2] > 0xf000000 && BASH_REMATCH[2] < 0x10000000)) || fail "$output"
}

test_21_without_translation_the_device_uses_the_addresses_of_memory() {
    echo identity >"$pci/devices/$whole/iommu_group/type"
    load
    expect 0 eductl /dev/rxlab_edu0 copy
    expect_output 'streaming: 4095 bytes*, 0 different*coherent: 4095 bytes*, 0 different'
    head -c 10 /dev/rxlab_edu0 >/dev/null
    expect 0 eductl /dev/rxlab_edu0 info
    [[ $output =~ memory\ at\ (0x[0-9a-f]+),\ which\ the\ device\ calls\ (0x[0-9a-f]+) ]] || fail "$output"
    [[ ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]] || fail "$output"
    unload
    echo DMA >"$pci/devices/$whole/iommu_group/type"
}

# What the README says about a wrong mask: everything looks well but the data, and what the IOMMU says.
test_22_a_wrong_mask_loses_the_data_and_not_the_interrupt() {
    local before
    give "$whole" no
    give "$narrow" yes
    load
    before=$(dmesg | wc -l)
    expect 1 eductl /dev/rxlab_edu0 copy
    expect_output 'streaming: 4095 bytes there and back, 40?? different*coherent: *, 40?? different'
    expect 0 eductl /dev/rxlab_edu0 info
    expect_output '*, 4 interrupts, 4 transfers*'
    eventually 10 eval 'said_since "$before" | grep -q "DMAR: .*fault"'
    unload
    give "$narrow" no
    give "$whole" yes
}

test_30_a_hundred_loads_leave_nothing_behind() {
    local before grown
    for ((i = 0; i < 100; i++)); do
        ((i != 20)) || before=$(kib_of SUnreclaim)
        load msi=$((i % 2))
        : </dev/rxlab_edu0
        unload
    done
    grown=$(($(kib_of SUnreclaim) - before))
    echo "    unreclaimable slab: $grown KiB more after 80 loads"
    ((grown < 300)) || fail "$grown KiB"
}

test_31_a_file_that_is_open_holds_the_module_but_not_the_device() {
    load
    exec 9<>/dev/rxlab_edu0
    expect 1 driver unload
    expect_output 'unload rxlab_edu: *in use*fuser -v*'
    unbind "$whole"
    [[ ! -e /dev/rxlab_edu0 ]] || fail 'still there'
    expect 1 head -c 1 <&9
    expect_output '*No such device'
    bind "$whole"
    expect 1 head -c 1 <&9
    exec 9>&-
    expect 0 head -c 0 /dev/rxlab_edu0
}

# 1.5 billion multiplications; the device is busy when the driver comes back to it.
test_32_whoever_sleeps_is_woken_when_the_driver_goes() {
    load
    "$build/eductl" /dev/rxlab_edu0 factorial 1500000000 >/run/said 2>&1 &
    sleep 0.5
    unbind "$whole"
    wait $! && fail 'it succeeded'
    [[ $(</run/said) == *'factorial: No such device' ]] || fail "$(</run/said)"
    bind "$whole"
    expect 0 eductl /dev/rxlab_edu0 factorial 5
    expect_output 120
}

# A transfer is on its way nearly all the time.
test_33_a_driver_that_goes_in_the_middle_of_a_transfer_comes_back() {
    load
    for _ in 1 2 3 4 5; do
        dd if=/dev/zero of=/dev/rxlab_edu0 bs=64 status=none 2>/run/said &
        sleep 0.3
        unbind "$whole"
        wait $! && fail 'it succeeded'
        grep -q 'No such device' /run/said || fail "$(</run/said)"
        bind "$whole"
        expect 0 eductl /dev/rxlab_edu0 copy
    done
}

storm() { RXLAB_EDU_STORM_S=$1 timeout 120 "$edu_test" --gtest_filter='EduStorm.*'; }

test_34_a_storm_of_calls_while_the_driver_comes_and_goes() {
    load
    storm 15 >/run/said 2>&1 &
    for ((i = 0; i < 12; i++)); do
        sleep 0.$((RANDOM % 10))
        unbind "$whole"
        bind "$whole"
    done
    wait $! || fail "$(</run/said)"
}

test_35_without_a_device_it_loads_and_says_so() {
    give "$whole" no
    expect 0 driver load
    expect_output '*the driver is not bound to it*'
    give "$whole" yes
}

# The last ones: a device that was pulled does not come back.
test_90_the_walk_of_the_readme() {
    expect 0 driver load
    expect_output "*$whole  /dev/rxlab_edu0  edu 1.0, MSI *Next: make test*"
    expect 0 driver test
    expect_output '*Everything went as described.*'
    expect 0 driver unload
}

test_91_a_device_that_is_pulled_in_a_storm_is_gone_and_nothing_else() {
    load
    storm 8 >/run/said 2>&1 &
    sleep 3
    expect 0 driver pull
    expect_output "$whole is pulled"
    wait $! || fail "$(</run/said)"
    eventually 10 test ! -e "$pci/devices/$whole"
    [[ ! -e /dev/rxlab_edu0 ]] || fail 'still there'
    unload
}

# By the monitor: the kernel is asked first, waits five seconds (pciehp: the button might be pressed again), and asks the
# driver. A factorial takes about as long.
test_92_a_device_that_is_unplugged_while_it_is_used_is_gone_too() {
    give "$narrow" yes
    load
    local device tries
    device=/dev/$(ls "$pci/devices/$narrow/misc")
    (for ((tries = 0; tries < 20; tries++)); do "$build/eductl" "$device" factorial 4000000000 || break; done) >/run/said 2>&1 &
    sleep 0.5
    touch "$share/unplug"
    wait $!
    [[ $(tail -n 1 /run/said) == *'factorial: No such device' ]] || fail "$(</run/said)"
    eventually 20 test ! -e "$pci/devices/$narrow"
    unload
}

share=$3
give "$narrow" no
run_claims "${@:4}"
