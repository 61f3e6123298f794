# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sysroot is report.sh's
#
# Processors and what else runs on them.

check_cpus() {
    local online count
    online=$(first_line /sys/devices/system/cpu/online)
    count=$(grep -c '^processor' "$sysroot/proc/cpuinfo" 2>/dev/null)
    if ((count < 2)); then
        finding lacks cpus "one ($online)" "veth, nic: sender and receiver need a core each; they would take turns on one"
    elif ((count == 2)); then
        finding note cpus "two ($online)" "veth: sender and receiver take both; anything else that this machine does shows beyond p99" \
            "nothing to change: measure while nothing else runs"
    else
        finding ok cpus "$count ($online)"
    fi
}

check_isolated_cpus() {
    local isolated tickless
    isolated=$(first_line /sys/devices/system/cpu/isolated)
    tickless=$(first_line /sys/devices/system/cpu/nohz_full)
    [[ $tickless != *'(null)'* ]] || tickless='' # as the kernel prints an empty list
    if [[ -n $isolated ]] && boot_option isolcpus >/dev/null && [[ $(boot_option isolcpus) != *managed_irq* ]]; then
        finding note isolated-cpus "$isolated, without managed_irq" \
            "veth, nic: interrupts that drivers spread over all CPUs (one per queue) still come to these" \
            "boot option isolcpus=managed_irq,domain,$isolated" "the old option"
    elif [[ -n $isolated ]]; then
        finding ok isolated-cpus "$isolated, nohz_full ${tickless:-none}, rcu_nocbs $(boot_option rcu_nocbs || echo none)"
    else
        finding note isolated-cpus none "veth, nic: other tasks and the timer tick interrupt a receiver" \
            "boot option isolcpus=managed_irq,domain,LIST nohz_full=LIST rcu_nocbs=LIST" "take the boot option away"
    fi
}

check_governor() {
    local governors
    governors=$(cat "$sysroot"/sys/devices/system/cpu/cpufreq/policy*/scaling_governor 2>/dev/null | sort -u | paste -s -d ' ')
    if [[ -z $governors ]]; then
        finding ok governor "no frequency scaling visible here (the hypervisor or the firmware may do it)"
    elif [[ $governors == performance ]]; then
        finding ok governor performance
    else
        finding note governor "$governors" "veth, nic: clocks change during a run" "./rxlab tune --only governor" "./rxlab tune --undo"
    fi
}

check_c_states() {
    local driver deepest=0 latency
    driver=$(first_line /sys/devices/system/cpu/cpuidle/current_driver) || driver=none
    for state in $(matching '/sys/devices/system/cpu/cpu*/cpuidle/state*'); do
        [[ $(first_line "$state/disable") == 0 ]] || continue
        latency=$(first_line "$state/latency")
        ((latency <= deepest)) || deepest=$latency
    done
    if ((deepest > 10)); then
        finding note c-states "$driver; waking from the deepest takes $deepest µs" "veth, nic: a blocking receiver's core sleeps between packets" \
            "./rxlab tune --only c-states" "./rxlab tune --undo"
    else
        finding ok c-states "$driver; none takes more than $deepest µs to leave"
    fi
}

check_smt() {
    local active
    active=$(first_line /sys/devices/system/cpu/smt/active) || active=0
    if [[ $active == 1 ]]; then
        finding note smt "on; siblings: $(cat "$sysroot"/sys/devices/system/cpu/cpu*/topology/thread_siblings_list 2>/dev/null | sort -u | paste -s -d ' ')" \
            "veth, nic: whatever runs on a sibling slows the receiver; leave it idle" \
            "echo off > /sys/devices/system/cpu/smt/control" "echo on > /sys/devices/system/cpu/smt/control"
    else
        finding ok smt "off or not there"
    fi
}

check_irq_affinity() {
    local default isolated irq affinity here=0 all=0
    default=$(first_line /proc/irq/default_smp_affinity) || default=unknown
    isolated=$(first_line /sys/devices/system/cpu/isolated)
    for irq in $(matching '/proc/irq/[0-9]*'); do
        all=$((all + 1))
        affinity=$(first_line "$irq/effective_affinity_list" || first_line "$irq/smp_affinity_list") || affinity=''
        [[ -z $isolated ]] || ! overlap "$affinity" "$isolated" || here=$((here + 1))
    done
    if ((here > 0)); then
        finding note irq-affinity "$here of $all interrupts go to isolated processors" "veth, nic: each interrupts the receiver" \
            "./rxlab tune --only irq-affinity --cpus $isolated" "./rxlab tune --undo"
    elif [[ -z $isolated ]]; then
        finding note irq-affinity "$all interrupts, default mask $default" "veth, nic: any of them may interrupt the receiver" \
            "./rxlab tune --only irq-affinity --cpus LIST (the receiver's)" "./rxlab tune --undo"
    else
        finding ok irq-affinity "$all interrupts, none on the isolated processors"
    fi
}

# MAJOR MINOR
kernel_is_at_least() {
    local major minor
    IFS=.- read -r major minor _ <<<"$(kernel_release)"
    ((major > $1 || (major == $1 && minor >= $2)))
}

check_rt_throttling() {
    local runtime
    runtime=$(first_line /proc/sys/kernel/sched_rt_runtime_us) || runtime=-1
    if ((runtime == -1)); then
        finding ok rt-throttling "off, or not in this kernel"
    elif kernel_is_at_least 6 12; then
        finding ok rt-throttling "real-time tasks leave waiting ordinary ones 50 ms a second (fair server, Linux 6.12); rxlab's tasks are not real-time ones"
    else
        finding ok rt-throttling "real-time tasks get $runtime of $(first_line /proc/sys/kernel/sched_rt_period_us) µs; rxlab's tasks are not real-time ones"
    fi
}

check_tuning_daemons() {
    local daemons
    daemons=$(tuning_daemons)
    if [[ -n $daemons ]]; then
        finding note tuning-daemons "$daemons" "veth, nic: they change settings and move interrupts during a run, and take back what tune writes" \
            "systemctl stop $daemons (irqbalance: or name the processors in IRQBALANCE_BANNED_CPULIST)" "systemctl start $daemons"
    else
        finding ok tuning-daemons "no daemon that changes governors or moves interrupts is running"
    fi
}

check_watchdog() {
    if [[ $(first_line /proc/sys/kernel/nmi_watchdog) == 1 ]]; then
        finding note watchdog "the NMI watchdog is on" "veth, nic: one interrupt per core and about 10 s, and a hardware counter taken" \
            "./rxlab tune --only nmi-watchdog" "./rxlab tune --undo"
    else
        finding ok watchdog "no NMI watchdog"
    fi
}

check_mitigations() {
    local file count=0 option
    for file in $(matching '/sys/devices/system/cpu/vulnerabilities/*'); do
        [[ $(first_line "$file") != Mitigation* ]] || count=$((count + 1))
    done
    option=$(boot_option mitigations) || option=auto
    if ((count > 0)); then
        finding note mitigations "$count in force (mitigations=$option)" \
            "veth, nic: each system call pays for them, so kernel sockets pay more than bypass, also in production" \
            "boot option mitigations=off, on a machine that runs nobody else's code" "take the boot option away"
    else
        finding ok mitigations "none in force (mitigations=$option)"
    fi
}

# lscpu knows the common hypervisors by CPUID; the firmware names others (QEMU without KVM).
hypervisor_name() {
    local name=''
    grep -qsw hypervisor "$sysroot/proc/cpuinfo" || return
    [[ -n $sysroot ]] || name=$(LC_ALL=C lscpu | sed -n 's/^Hypervisor vendor: *//p')
    printf '%s' "${name:-$(first_line /sys/class/dmi/id/sys_vendor || echo unknown)}"
}

check_hypervisor() {
    local name
    if name=$(hypervisor_name); then
        finding note hypervisor "$name" "veth, nic: its own stalls show beyond p99, and waking a sleeping core costs tens of µs"
    else
        finding ok hypervisor none
    fi
}
