#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# known.sh: which reports in the debug kernel's log known.py leaves out.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
known=$RXLAB_SOURCE_DIR/tests/kernel/debug/known.py

vmalloc='1.0 python3: vmalloc error: size 63872, vm_struct allocation failed, mode:0xcc0
1.0 Call Trace:
1.0  </TASK>'
acpi='2.0 BUG: KASAN: slab-use-after-free in acpi_ns_get_attached_object+0xaf/0xe0
2.0 Call Trace:
2.0 =================================================================='
uncounted='1.5 ACPI Error: AE_NO_MEMORY, Could not update object reference count (utdelete-651)'
ours='3.0 BUG: KASAN: slab-use-after-free in nic_remove+0x20/0x100
3.0 Call Trace:'

walk() { printf '%s\n' '0.1 rxlab: fail_nth begins' "$@" '9.0 rxlab: fail_nth is over'; }
left() { "$known" | grep -v 'rxlab: fail_nth\|ACPI Error'; }

test_what_the_kernel_says_of_a_failed_allocation_is_left_out() {
    output=$(walk "$vmalloc" "$uncounted" "$acpi" "$ours" | left)
    expect_output "$ours"
}

test_outside_of_a_walk_everything_stays() {
    output=$( (walk "$uncounted"; printf '%s\n' "$vmalloc" "$acpi") | left)
    expect_output "$vmalloc"$'\n'"$acpi"
}

test_a_use_after_free_in_acpi_without_its_cause_stays() {
    output=$(walk "$acpi" | left)
    expect_output "$acpi"
}

test_leaks_stay_unless_each_was_looked_at() {
    local leaks='5.0 kmemleak: 22 new suspected memory leaks (see /sys/kernel/debug/kmemleak)' later='7.0 kmemleak: 1 new suspected memory leaks'
    output=$(printf '%s\n' "$leaks" "6.0 rxlab: these leaks are the kernel's" "$later" | "$known" | grep suspected)
    expect_output "$later"
}

run_claims
