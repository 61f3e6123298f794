# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
grade() {
    local status source object objects=() flags=(-std=c++20 -O0 -I"$top")
    for source in "$top"/lib/*/include; do flags+=(-I"$source"); done
    # What join() needs besides is compiled once.
    for source in bench/result/figures.cpp bench/analysis/disturbances.cpp lib/latency/src/histogram.cpp \
        lib/latency/src/clock.cpp; do
        object=$build/$(basename -- "$source" .cpp).o
        objects+=("$object")
        [[ $object -nt $top/$source ]] || g++ "${flags[@]}" -c -o "$object" "$top/$source" || cannot "compile $source"
    done
    compiles g++ "${flags[@]}" -Wall -o "$build/try" "$folder/try.cpp" "$mine/join.cpp" "${objects[@]}" -lfmt
    "$build/try" >"$build/said" 2>&1
    status=$?
    if ((status != 0)) && still_todo; then finding nothing-yet; fi
    finding_of_guest
    ((status == 0)) || cannot "the trial ended with $status: $(<"$build/said")"
}
