# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
# Compiled with functions that record what is done, and in which order, instead of those of ring_order.h.
grade() {
    local status
    stage ring
    compiles gcc -std=gnu11 -O1 -Wall -Werror -Wno-unused-function -I"$build/kernel/ring/uapi" -o "$build/try" "$folder/try.c"
    "$build/try" >"$build/said" 2>&1
    status=$?
    if ((status != 0)) && still_todo; then finding nothing-yet; fi
    finding_of_guest
    ((status == 0)) || cannot "the trial ended with $status: $(<"$build/said")"
}
