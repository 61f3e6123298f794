#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# loading.sh [driver|CLAIM…]: loading, unloading and what the Makefile's targets say, in a guest, as root. Needs $build, the
# folder of the module, $failing, that of the one whose memory runs out when told to (DEFECT=fail-step), and $slow, that of
# the one whose numbers come late (DEFECT=slow-numbers). driver: without the claims on make, which are the same on every
# kernel, and with fewer loads.
# shellcheck disable=SC2154 # $build, $failing, $slow
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
ko=$build/rxlab_chardev.ko
source=$RXLAB_SOURCE_DIR/kernel/chardev
loads=100 # of the claim on what many of them leave behind

# busybox's insmod exits with what init_module(2) failed with.
EAGAIN=11 ENOMEM=12 EEXIST=17 EINVAL=22 ERANGE=34
load() { busybox insmod "$ko" "$@"; }
unload() { busybox rmmod rxlab_chardev; }
loaded() { [[ -d /sys/module/rxlab_chardev ]]; }
by_make() { make --no-print-directory -C "$source" OUT="$build" "$@"; }
# What the Makefile's targets call.
driver() { # TARGET [COMMAND…: to run it with]
    "${@:2}" env OUT="$build" KDIR="/lib/modules/$(uname -r)/build" bash "$source/driver.sh" "$1"
}
kib_of() { awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo; }
said_since() { dmesg | tail -n "+$(($1 + 1))"; }

# Nothing of the module is left, whatever a claim did.
snapshot() {
    ! loaded || echo 'the module is loaded'
    ls /dev/rxlab* /sys/class/rxlab 2>/dev/null
    grep -w rxlab /proc/devices
    grep -w rxlab_record /proc/slabinfo
}
tidy() {
    local job
    for job in $(jobs -p); do
        kill -KILL "$job" 2>/dev/null
        wait "$job" 2>/dev/null
    done
    ! loaded || unload
}

test_loading_makes_devices_and_unloading_takes_all_of_it_away() {
    load devices=3 capacity=5
    for i in 0 1 2; do
        [[ -c /dev/rxlab$i && $(<"/sys/class/rxlab/rxlab$i/capacity") == 5 ]] || fail "no rxlab$i"
    done
    [[ ! -e /dev/rxlab3 ]] || fail 'a device too many'
    [[ $(<"/sys/module/rxlab_chardev/parameters/devices") == 3 ]] || fail 'parameter'
    unload
    [[ ! -e /dev/rxlab0 ]] || fail 'still there'
}

# Whoever hears of a device from the kernel, as udev does, opens it at once.
test_a_device_that_is_announced_can_be_opened() {
    python3 -I -S - /run/heard <<'END' &
import os, socket, sys
events = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15)  # NETLINK_KOBJECT_UEVENT
events.bind((0, 1))
events.settimeout(20)
print("listens", file=open(sys.argv[1], "w"))
for wanted in range(3):
    while True:
        said = dict(pair.split("=", 1) for pair in events.recv(65536).decode().split("\0") if "=" in pair)
        if said.get("SUBSYSTEM") == "rxlab" and said["ACTION"] == "add":
            break
    os.close(os.open("/dev/" + said["DEVNAME"], os.O_RDONLY))
END
    eventually 20 test -s /run/heard
    # An open() of a number that leads nowhere calls modprobe and then looks again, which would hide it.
    local modprobe
    modprobe=$(</proc/sys/kernel/modprobe)
    echo >/proc/sys/kernel/modprobe
    busybox insmod "$slow/rxlab_chardev.ko" devices=3
    wait $! || fail 'a device was announced before it could be opened'
    echo "$modprobe" >/proc/sys/kernel/modprobe
}

test_as_many_devices_as_allowed_are_all_there() {
    load devices=16
    for i in {0..15}; do echo "for $i" >"/dev/rxlab$i"; done
    for i in {0..15}; do [[ $(head -n 1 "/dev/rxlab$i") == "for $i" ]] || fail "rxlab$i"; done
}

test_a_second_load_is_refused() {
    load
    expect "$EEXIST" load
    expect_output '*File exists*'
    expect 2 by_make load
    expect_output '*load rxlab_chardev: it is already loaded; first: make unload*'
}

refused() { # PARAMETER=VALUE WHAT THE LOG SAYS
    local before
    before=$(dmesg | wc -l)
    expect "$EINVAL" load "$1"
    expect_output '*Invalid argument*'
    [[ $(said_since "$before") == *"rxlab_chardev: $2"* ]] || fail "$1: the log says: $(said_since "$before")"
    ! loaded || fail "$1: loaded"
}

test_silly_parameters_are_refused_and_the_log_says_why() {
    refused devices=0 'devices=0: must be 1 to 16'
    refused devices=17 'devices=17: must be 1 to 16'
    refused devices=4294967295 'devices=4294967295: must be 1 to 16'
    refused capacity=0 'capacity=0: must be 1 to 1024'
    refused capacity=1025 'capacity=1025: must be 1 to 1024'
    refused devices=-1 ''
    refused devices=many ''
    expect "$ERANGE" load devices=4294967296
    ! loaded || fail 'too large a number was taken'
}

test_an_unknown_parameter_is_ignored_and_the_log_says_so() {
    local before
    before=$(dmesg | wc -l)
    load colour=red
    [[ $(said_since "$before") == *"unknown parameter 'colour' ignored"* ]] || fail "$(said_since "$before")"
}

test_unloading_while_open_is_refused() {
    load
    exec 9</dev/rxlab0
    expect 1 unload
    expect_output '*Resource temporarily unavailable*' # how rmmod(8) words what delete_module(2) said
    expect 2 by_make unload
    expect_output '*unload rxlab_chardev: *Somebody has a device open*'
    # The system call itself: 04000, O_NONBLOCK, means "do not wait until it is free".
    expect "$EAGAIN" python3 -I -S -c 'import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(ctypes.get_errno() if libc.syscall(176, b"rxlab_chardev", 0o4000) else 0)'
    exec 9<&-
    unload
}

asleep() { [[ $(<"/proc/$1/wchan") == rxlab_* ]]; }

test_a_reader_killed_in_its_sleep_leaves_the_module_unloadable() {
    load
    dd if=/dev/rxlab0 bs=10 count=1 status=none &
    eventually 20 asleep $!
    kill -KILL $!
    ! wait $! 2>/dev/null || fail 'it ended as if there had been a record'
    [[ $(</sys/class/rxlab/rxlab0/statistics/openers) == 0 ]] || fail 'still open'
    unload
}

test_a_full_fifo_refuses_records_and_is_freed_at_unload() {
    load capacity=1024
    for ((i = 0; i < 1024; i++)); do echo "$i"; done >/dev/rxlab0
    [[ $(</sys/class/rxlab/rxlab0/statistics/queued) == 1024 ]] || fail 'not full'
    expect 1 dd if=/dev/zero of=/dev/rxlab0 bs=1024 count=1 oflag=nonblock
    expect_output '*Resource temporarily unavailable*'
    unload
}

# The steps: the cache, the numbers, each of three devices made and added, the way from the numbers to them.
test_a_load_that_fails_at_any_step_leaves_nothing_behind() {
    local step left
    for ((step = 1; step <= 9; step++)); do
        expect "$ENOMEM" busybox insmod "$failing/rxlab_chardev.ko" devices=3 fail_step="$step"
        left=$(snapshot || :)
        [[ -z $left ]] || fail "step $step left $left"
    done
    busybox insmod "$failing/rxlab_chardev.ko" devices=3 fail_step=10
    [[ -c /dev/rxlab2 ]] || fail 'no device'
}

test_without_memory_open_and_write_fail_and_change_nothing() {
    local fail_step=/sys/module/rxlab_chardev/parameters/fail_step
    busybox insmod "$failing/rxlab_chardev.ko"
    exec 9>/dev/rxlab0
    echo 1 >"$fail_step"
    expect 1 dd if=/dev/rxlab0 bs=10 count=1
    expect_output '*/dev/rxlab0*Cannot allocate memory*'
    [[ $(</sys/class/rxlab/rxlab0/statistics/openers) == 1 ]] || fail 'counted as open'
    echo 1 >"$fail_step"
    expect 1 bash -c 'echo lost >&9'
    expect_output '*Cannot allocate memory*'
    echo kept >&9
    exec 9>&-
    [[ $(head -n 1 /dev/rxlab0) == kept ]] || fail 'the record after that'
}

# Of many devices. Each load takes an emulated machine a fifth of a second: CI, which only looks at the driver, has 25.
test_loading_again_and_again_leaves_no_memory_behind() {
    local before i
    for ((i = 0; i < loads + 3; i++)); do
        ((i != 3)) || before=$(kib_of SUnreclaim)
        load devices=16
        echo record >/dev/rxlab15
        unload
    done
    local grown=$(($(kib_of SUnreclaim) - before))
    echo "    unreclaimable slab: $grown KiB more after $loads loads of 16 devices"
    # Forgotten devices would be 400 or more of a kilobyte each.
    ((grown < 300)) || fail "$grown KiB"
}

test_opening_leaves_no_memory_behind() {
    load
    opens() { # COUNT
        for ((i = 0; i < $1; i++)); do : </dev/rxlab0; done
    }
    opens 1000
    local before grown
    before=$(kib_of SUnreclaim)
    opens 20000
    grown=$(($(kib_of SUnreclaim) - before))
    echo "    unreclaimable slab: $grown KiB more after 20000 opens"
    # One forgotten struct rxlab_opener an open would be 1250 KiB or more.
    ((grown < 800)) || fail "$grown KiB"
}

# Starting make takes seconds in an emulated machine: what several claims would start is started once.
test_make_load_test_unload_do_what_the_readme_says() {
    expect 0 by_make load
    expect_output '*rxlab_chardev is loaded:*/dev/rxlab0*crw-rw----*Next: make test*'
    expect 0 timeout 20 bash -c "$(sed -n 's/^Try: \(.*\)    Next: .*/\1/p' <<<"$output")"
    expect_output hello
    # The walk works with any capacity, and leaves it, and takes no record of others.
    echo 1 >/sys/class/rxlab/rxlab0/capacity
    echo mine >/dev/rxlab0
    expect 1 driver test
    expect_output "*/dev/rxlab0 holds records that this test would read; to drop them: $build/rxlabctl /dev/rxlab0 clear*"
    [[ $(head -n 1 /dev/rxlab0) == mine ]] || fail 'it took them'
    expect 0 by_make test
    expect_output '*Everything went as described.*Next: make unload*'
    [[ $output != *FAILED* ]] || fail "$output"
    [[ $(</sys/class/rxlab/rxlab0/capacity) == 1 ]] || fail 'another capacity'
    expect 0 by_make unload
    expect_output '*rxlab_chardev is unloaded*'
    expect 1 driver unload
    expect_output '*unload rxlab_chardev: it is not loaded*'
    expect 1 driver test
    expect_output '*test rxlab_chardev: it is not loaded; first: make load*'
}

test_make_load_passes_parameters_and_says_what_the_kernel_said() {
    expect 0 by_make load devices=1 capacity=3
    [[ $(</sys/class/rxlab/rxlab0/capacity) == 3 && ! -e /dev/rxlab1 ]] || fail "$output"
    unload
    expect 2 by_make load devices=99
    expect_output '*load rxlab_chardev: *the kernel says: *devices=99: must be 1 to 16*'
}

test_make_refuses_what_only_root_may_do() {
    for what in check-load unload test; do
        expect 1 driver "$what" setpriv --reuid 65534 --clear-groups
        expect_output "${what#check-}: needs root: sudo make ${what#check-}"
    done
}

test_make_load_does_not_blame_signatures_for_another_refusal() {
    echo Y >/run/enforced
    expect 2 unshare -m bash -c 'mount --bind /run/enforced /sys/module/module/parameters/sig_enforce &&
        make --no-print-directory -C "$1" OUT="$2" load devices=0' bash "$source" "$build"
    expect_output '*the kernel says: *devices=0: must be 1 to 16*'
    [[ $output != *signed* ]] || fail "$output"
}

if [[ ${1:-} == driver ]]; then
    loads=25
    mapfile -t claims < <(compgen -A function test_ | grep -v '^test_make_')
    run_claims "${claims[@]}"
fi
run_claims "$@"
