#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What counts as a clean kernel log. The samples are lines that kernels print (lib/bug.c, kernel/panic.c, mm/kmemleak.c,
# kernel/locking/lockdep.c, kernel/watchdog.c, mm/slub.c, lib/ubsan.c, kernel/rcu).
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
check=$bed/kernel_log_check

log() { # LINE…
    printf '[    0.000000] Linux version 6.1.0-50-amd64\r\n[    1.000000] Run /init as init process\r\n' >"$work/log"
    (($# == 0)) || printf '[   12.345678] %s\r\n' "$@" >>"$work/log"
}

test_a_clean_log_passes_in_silence() {
    log 'rxlab_chardev: loading out-of-tree module taints kernel.' \
        'rxlab_chardev: module verification failed: signature and/or required key missing - tainting kernel' \
        'kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)' \
        'Spectre V2 : Spectre v2 mitigation: Enabling conditional Indirect Branch Prediction Barrier' \
        'debug: unbuggy, warning: low battery' 'rcu: Hierarchical RCU implementation.' \
        'Freeing unused kernel image memory' 'NMI watchdog: Perf NMI watchdog permanently disabled'
    expect 0 "$check" "$work/log"
    expect_output ''
}

reports() {
    cat <<'END'
BUG: kernel NULL pointer dereference, address: 0000000000000008
BUG: unable to handle page fault for address: ffffc90000001000
BUG: sleeping function called from invalid context at mm/slab.h:420
BUG: scheduling while atomic: cat/312/0x00000002
BUG: KASAN: slab-out-of-bounds in chardev_read+0x51/0x90 [rxlab_chardev]
BUG: Bad page state in process cat  pfn:0a1b2
BUG rxlab_messages (Not tainted): Objects remaining in rxlab_messages on __kmem_cache_shutdown()
watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [cat:312]
kernel BUG at fs/char_dev.c:123!
WARNING: CPU: 1 PID: 312 at drivers/base/core.c:100 device_del+0x1/0x2
WARNING: possible circular locking dependency detected
WARNING: possible recursive locking detected
WARNING: inconsistent lock state
WARNING: bad unlock balance detected!
WARNING: suspicious RCU usage
WARNING: lock held when returning to user space!
Oops: 0002 [#1] PREEMPT SMP NOPTI
Oops: general protection fault, probably for non-canonical address 0xdead000000000108: 0000 [#1]
general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] PREEMPT SMP
Kernel panic - not syncing: Fatal exception
Call Trace:
refcount_t: underflow; use-after-free.
UBSAN: array-index-out-of-bounds in drivers/char/x.c:10:20
unreferenced object 0xffff888003a8c000 (size 64):
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
INFO: task cat:312 blocked for more than 120 seconds.
INFO: trying to register non-static key.
INFO: possible recursive locking detected
rcu: INFO: rcu_preempt self-detected stall on CPU
INFO: rcu_sched detected stalls on CPUs/tasks:
sysfs: cannot create duplicate filename '/class/rxlab'
ODEBUG: free active (active state 0) object type: timer_list
list_add corruption. next->prev should be prev (ffff88800), but was 0000000.
BUG kmalloc-64 (Tainted: G           O      ): Poison overwritten
Unable to handle kernel paging request at virtual address ffff000000000000
rcu: INFO: Stall ended before state dump start
WARNING: held lock freed!
WARNING: cat/312 still has locks held!
END
}

test_each_report_of_the_kernel_fails_and_is_printed_with_its_line_number() {
    local line
    while IFS= read -r line; do
        log "$line"
        expect 1 "$check" "$work/log"
        expect_output "$work/log:3: \[   12.345678\] ${line//[\[\]]/?}"
    done < <(reports)
}

# A pattern that could go without a report being missed is one too many, or lacks its sample.
test_each_pattern_is_needed_for_a_report() {
    local lines count number all
    mapfile -t lines < <(reports)
    log "${lines[@]}"
    count=$(grep -c "^    '" "$check")
    ((count > 10)) || fail "the test is wrong: $count patterns"
    for ((number = 1; number <= count; number++)); do
        awk -v number="$number" "/^    '/ && ++at == number { next } { print }" "$check" >"$work/check"
        all=$(bash "$work/check" "$work/log" | grep -c "^$work/log:")
        ((all < ${#lines[@]})) || fail "not needed: $(grep "^    '" "$check" | sed -n "${number}p")"
    done
}

test_every_offending_line_is_printed() {
    log 'WARNING: CPU: 0 PID: 1 at x.c:1' 'fine' 'Call Trace:' 'fine'
    expect 1 "$check" "$work/log"
    (($(grep -c "^$work/log:" <<<"$output") == 2)) || fail "$output"
}

test_an_empty_or_missing_log_is_not_a_clean_one() {
    : >"$work/log"
    expect 2 "$check" "$work/log"
    expect_output '*empty; the log was lost*'
    expect 2 "$check" "$work/none"
    expect_output '*read */none: No such file or directory'
    expect 2 "$check"
}

run_claims
