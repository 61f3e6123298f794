# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
# Compiled for user space, as the tests do: no guest is needed to see what this does.
grade() {
    local status
    stage ring
    compiles gcc -std=gnu11 -O1 -Wall -Werror -Wno-pointer-arith -I"$top/tests/kernel/ring/shim" -I"$build/kernel/ring" \
        -I"$top/kernel/ring/uapi" -o "$build/try" "$folder/try.c" "$build/kernel/ring/ring.c"
    "$build/try" >"$build/said" 2>&1
    status=$?
    if ((status != 0)) && still_todo; then finding nothing-yet; fi
    finding_of_guest
    ((status == 0)) || cannot "the trial ended with $status: $(<"$build/said")"
}
