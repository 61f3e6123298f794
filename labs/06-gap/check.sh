# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
grade() {
    local status
    compiles g++ -std=c++20 -O0 -Wall -Werror -Wno-unused-parameter -I"$top/lib/rx/include" -I"$top/lib/wire/include" \
        -o "$build/try" "$folder/try.cpp" "$mine/sequencer.cpp"
    "$build/try" >"$build/said" 2>&1
    status=$?
    if ((status != 0)) && still_todo; then finding nothing-yet; fi
    finding_of_guest
    ((status == 0)) || cannot "the trial ended with $status: $(<"$build/said")"
}
