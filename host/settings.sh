# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sysroot, cpus, huge_pages and only belong to the caller
#
# What tune can set. For each file that is not yet as it should be, plan_SETTING prints a line
# "PATH<tab>present value<tab>value to write".
settings=(governor c-states transparent-huge-pages numa-balancing nmi-watchdog huge-pages irq-affinity)

c_state_latency_max_us=10 # deeper states show in a blocking receiver's latency

# The content of a setting's file, in the form in which it would be written back.
setting_value() { # PATH
    case $1 in
        */transparent_hugepage/*) chosen "$1" ;;
        *) first_line "$1" ;;
    esac
}

want() { # PATH VALUE
    local now
    now=$(setting_value "$1") || return 0
    [[ $now == "$2" ]] || printf '%s\t%s\t%s\n' "$1" "$now" "$2"
}

# Dies if --cpus, --huge-pages or --only make no sense here.
check_request() {
    local setting cpu online
    for setting in "${only[@]}"; do
        [[ " ${settings[*]} " == *" $setting "* ]] ||
            die "unknown setting: $setting; there are: ${settings[*]}" 2
        [[ $setting != irq-affinity || -n $cpus ]] || die "irq-affinity: needs --cpus LIST, the processors to keep quiet" 2
    done
    [[ $huge_pages =~ ^[0-9]{1,7}$ ]] || die "--huge-pages $huge_pages: not a number of pages" 2
    [[ -n $cpus ]] || return 0
    [[ $cpus =~ ^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$ ]] || die "--cpus $cpus: not a list such as 2-3,6" 2
    online=$(listed "$(first_line /sys/devices/system/cpu/online)")
    for cpu in $(listed "$cpus"); do
        grep -Fqx -- "$cpu" <<<"$online" || die "--cpus $cpus: there is no processor $cpu; there are $(first_line /sys/devices/system/cpu/online)" 2
    done
    [[ -n $(other_cpus) ]] || die "--cpus $cpus: that is all of them; leave one for everything else" 2
}

other_cpus() { # the processors not in --cpus, as 0,1,4
    comm -23 <(listed "$(first_line /sys/devices/system/cpu/online)" | sort) <(listed "$cpus" | sort) |
        sort -n | paste -s -d ,
}

plan_governor() {
    local policy
    for policy in $(matching '/sys/devices/system/cpu/cpufreq/policy*'); do
        grep -qsw performance "$sysroot$policy/scaling_available_governors" || continue
        [[ -z $cpus ]] || overlap "$(first_line "$policy/affected_cpus" | tr ' ' ,)" "$cpus" || continue
        want "$policy/scaling_governor" performance
    done
}

plan_c_states() {
    local state cpu
    for state in $(matching '/sys/devices/system/cpu/cpu[0-9]*/cpuidle/state*'); do
        cpu=${state#/sys/devices/system/cpu/cpu}
        cpu=${cpu%%/*}
        [[ -z $cpus ]] || listed "$cpus" | grep -Fqx -- "$cpu" || continue
        (($(first_line "$state/latency") > c_state_latency_max_us)) || continue
        want "$state/disable" 1
    done
}

# madvise: huge pages for programs that ask for them, and no merging for the others.
plan_transparent_huge_pages() {
    [[ $(setting_value /sys/kernel/mm/transparent_hugepage/enabled) != always ]] ||
        want /sys/kernel/mm/transparent_hugepage/enabled madvise
}

plan_numa_balancing() { want /proc/sys/kernel/numa_balancing 0; }

plan_nmi_watchdog() { want /proc/sys/kernel/nmi_watchdog 0; }

# With several NUMA nodes, each node's own number: a sum that is written back would place pages on other nodes.
plan_huge_pages() {
    local pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages now pools=() more
    now=$(first_line "$pool") || return 0
    ((now < huge_pages)) || return 0
    mapfile -t pools < <(matching '/sys/devices/system/node/node[0-9]*/hugepages/hugepages-2048kB/nr_hugepages')
    if ((${#pools[@]} < 2)); then
        want "$pool" "$huge_pages"
        return
    fi
    more=$(((huge_pages - now + ${#pools[@]} - 1) / ${#pools[@]}))
    for pool in "${pools[@]}"; do
        want "$pool" $(($(first_line "$pool") + more))
    done
}

# Keeps existing interrupts off --cpus, and new ones by default. An interrupt loses those processors and keeps the others
# that it had; only one that has no other gets all the rest.
plan_irq_affinity() {
    [[ -n $cpus ]] || return 0
    local others irq now left
    others=$(other_cpus)
    for irq in $(matching '/proc/irq/[0-9]*'); do
        now=$(first_line "$irq/smp_affinity_list")
        overlap "$now" "$cpus" || continue
        left=$(comm -23 <(listed "$now" | sort) <(listed "$cpus" | sort) | sort -n | paste -s -d ,)
        want "$irq/smp_affinity_list" "$(as_ranges "${left:-$others}")"
    done
    want /proc/irq/default_smp_affinity "$(as_mask "$others" "$(first_line /proc/irq/default_smp_affinity)")"
}

# 0,1,2,5 as the kernel prints it: 0-2,5
as_ranges() { # LIST
    listed "$1" | awk '
        NR == 1 { first = last = $1; next }
        $1 == last + 1 { last = $1; next }
        { printf "%s%s,", first, (last > first ? "-" last : ""); first = last = $1 }
        END { printf "%s%s\n", first, (last > first ? "-" last : "") }'
}

# A list as the kernel's mask: hexadecimal words of 32 bits, as many and as wide as in EXAMPLE.
as_mask() { # LIST EXAMPLE
    local words=() cpu text='' word i
    word=${2//[^,]/}
    for ((i = 0; i <= ${#word}; i++)); do words[i]=0; done
    for cpu in $(listed "$1"); do
        words[cpu / 32]=$((words[cpu / 32] | 1 << cpu % 32))
    done
    for ((i = ${#words[@]} - 1; i >= 0; i--)); do
        ((i == ${#words[@]} - 1)) && word=${2%%,*} || word=00000000
        text+=$(printf "%0${#word}x" "${words[i]}")
        ((i == 0)) || text+=,
    done
    printf '%s\n' "$text"
}
