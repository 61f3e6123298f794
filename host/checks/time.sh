# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sysroot is report.sh's

check_clock_source() {
    local source flags invariant=no
    source=$(first_line /sys/devices/system/clocksource/clocksource0/current_clocksource) || source=unknown
    flags=$(sed -n 's/^flags[^:]*: //p' "$sysroot/proc/cpuinfo" 2>/dev/null | head -n 1)
    [[ " $flags " != *' constant_tsc '* || " $flags " != *' nonstop_tsc '* ]] || invariant=yes
    if [[ $source == tsc && $invariant == yes ]]; then
        finding ok clock-source "tsc, invariant"
    elif [[ $invariant == yes ]]; then
        finding note clock-source "$source; the TSC is invariant" "veth, nic: clock_gettime() is a system call or slower; rxlab itself reads the TSC" \
            "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource" \
            "echo $source > /sys/devices/system/clocksource/clocksource0/current_clocksource"
    else
        finding note clock-source "$source; the TSC is not invariant" "veth, nic: rxlab stamps with CLOCK_MONOTONIC_RAW, which costs more for each packet"
    fi
}
