#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# defects_in_guest.sh FOLDER CHARDEV_TEST: runs as root in a guest that poisons memory (slub_debug). FOLDER/<defect>/
# holds a module with that defect built in. Each is noticed, by the very test or line of the log that is for it, and a
# module without defect by none of them.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
here=$RXLAB_SOURCE_DIR/tests/kernel/chardev
check=$RXLAB_SOURCE_DIR/testbed/vm/kernel_log_check
folder=$1
chardev_test=$2
log=/run/log

load() { # DEFECT
    said=$(dmesg | wc -l)
    build=$folder/$1
    busybox insmod "$build/rxlab_chardev.ko"
}

# Sends records through the module and unloads it; what the kernel says meanwhile is in $log.
exercise() { # DEFECT
    load "$1"
    # Processes of their own: a defect may be their end.
    for _ in 1 2 3; do
        timeout 30 dd of=/dev/rxlab0 bs=100 status=none <<<record || :
        timeout 30 dd if=/dev/rxlab0 bs=100 count=1 status=none || :
    done
    busybox rmmod rxlab_chardev || :
    dmesg | tail -n "+$((said + 1))" >"$log"
    grep -q 'rxlab_chardev: 2 devices' "$log"
}

wakes_up() { timeout "$1" "$chardev_test" --gtest_filter=Poll.WakesWhenAnotherProcessWrites >/dev/null; }
memory_claim() { build=$folder/$1 bash "$here/loading.sh" test_opening_leaves_no_memory_behind; }

test_1_without_a_defect_nothing_is_noticed() {
    exercise none
    expect 0 "$check" "$log"
    load none
    expect 0 wakes_up 60
    busybox rmmod rxlab_chardev
    expect 0 memory_claim none
}

test_2_a_lost_wake_up_is_a_test_that_does_not_end() {
    load lose-wake-up
    expect 124 wakes_up 5
    busybox rmmod rxlab_chardev
}

# The log cannot see this one; the memory that is gone can be seen.
test_3_forgotten_openers_are_memory_that_is_gone() {
    exercise leak-opener
    expect 0 "$check" "$log"
    expect 1 memory_claim leak-opener
    expect_output '*KiB more after 20000 opens*line *: * KiB*FAILED  test_opening_leaves_no_memory_behind'
}

reported() { # DEFECT WHAT THE CHECK SAYS
    exercise "$1"
    expect 1 "$check" "$log"
    [[ $output =~ $2 ]] || fail "$1: the log does not say $2: $output"
}

# The rest leaves the kernel worse than it was.
test_4_sleeping_under_a_lock_is_in_the_log() { reported sleep-under-lock 'BUG: scheduling while atomic'; }
test_5_writing_to_freed_memory_is_in_the_log() {
    reported touch-freed 'BUG rxlab_record .*(Poison overwritten|Object corrupt|Right Redzone|Left Redzone|Freepointer corrupt)'
}
test_6_a_forgotten_record_is_in_the_log() {
    reported leak-record 'BUG rxlab_record .*Objects remaining|rxlab_record: Slab cache still has objects'
    # And README.md says what to type to see it.
    expect 0 bash -c "$(sed -n 's/^make unload; \(dmesg .*\)/\1/p' "$RXLAB_SOURCE_DIR/kernel/chardev/README.md")"
    expect_output '*BUG rxlab_record (Tainted: *): Objects remaining *'
}

run_claims
