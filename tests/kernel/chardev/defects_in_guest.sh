#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# defects_in_guest.sh FOLDER: runs as root in a guest. FOLDER/<defect>/rxlab_chardev.ko are modules with a defect built
# in; each must be noticed, and a module without must not.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
check=${RXLAB_SOURCE_DIR:?}/testbed/vm/kernel_log_check
folder=$1
log=/run/log
failed=0

# Loads a module, sends a record through it, unloads it; in $log: what the kernel said meanwhile.
exercise() { # DEFECT
    local before
    before=$(dmesg | wc -l)
    echo "--- $1"
    busybox insmod "$folder/$1/rxlab_chardev.ko" || return
    # Processes of their own: a defect may be their end.
    timeout 30 dd of=/dev/rxlab0 bs=100 status=none <<<record
    timeout 30 dd if=/dev/rxlab0 bs=100 count=1 status=none
    busybox rmmod rxlab_chardev
    dmesg | tail -n "+$((before + 1))" >$log
}

expect_clean() {
    exercise "$1"
    "$check" $log && echo 'ok: the log is clean' && return
    echo "FAILED: $1: the log is not clean"
    failed=1
}

expect_report() { # DEFECT PATTERN
    exercise "$1"
    local found
    if found=$("$check" $log); then
        echo "FAILED: $1: the log passes as clean"
        failed=1
    elif [[ ! $found =~ $2 ]]; then
        echo "FAILED: $1: the log does not say $2: $found"
        failed=1
    else
        echo "ok: $found"
    fi
}

expect_clean none
# The log cannot see this one; the memory that is gone can be seen.
expect_clean leak-opener
if build=$folder/leak-opener bash "$here/loading.sh" test_opening_leaves_no_memory_behind; then
    echo 'FAILED: leak-opener: 20000 forgotten openers are not noticed'
    failed=1
else
    echo 'ok: noticed by the memory that is gone'
fi
expect_report sleep-under-lock 'BUG: scheduling while atomic'
expect_report leak-record 'BUG rxlab_record|rxlab_record: Slab cache still has objects'
exit $failed
