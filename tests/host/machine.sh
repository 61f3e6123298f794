# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A machine that is a folder: the files of /proc and /sys that doctor and tune read, those of a bare-metal
# host with four processors on which everything still waits to be tuned.

# new_machine DIR
new_machine() {
    local root=$1 cpu
    rm -rf "$root"
    export RXLAB_SYSROOT=$root
    file /proc/sys/kernel/osrelease 6.1.0-9-amd64
    file /proc/cmdline 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet'
    file /proc/modules 'e1000e 1 0 - Live 0x0'
    file /proc/cpuinfo 'processor : 0'$'\n''processor : 1'$'\n''processor : 2'$'\n''processor : 3'$'\n''flags : constant_tsc nonstop_tsc'
    file /proc/mounts 'nodev /dev/hugepages hugetlbfs rw 0 0'
    file /proc/sys/kernel/numa_balancing 1
    file /proc/sys/kernel/nmi_watchdog 1
    file /proc/sys/kernel/sched_rt_runtime_us 950000
    file /proc/sys/kernel/sched_rt_period_us 1000000
    file /sys/devices/system/cpu/online 0-3
    file /sys/devices/system/cpu/isolated ''
    file /sys/devices/system/clocksource/clocksource0/current_clocksource tsc
    file /sys/kernel/mm/transparent_hugepage/enabled '[always] madvise never'
    file /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages 0
    file /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 0
    for cpu in 0 1 2 3; do
        file /sys/devices/system/cpu/cpufreq/policy$cpu/scaling_governor schedutil
        file /sys/devices/system/cpu/cpufreq/policy$cpu/affected_cpus $cpu
        file /sys/devices/system/cpu/cpufreq/policy$cpu/scaling_available_governors 'performance schedutil'
        file /sys/devices/system/cpu/cpu$cpu/cpuidle/state0/latency 1
        file /sys/devices/system/cpu/cpu$cpu/cpuidle/state0/disable 0
        file /sys/devices/system/cpu/cpu$cpu/cpuidle/state1/latency 133
        file /sys/devices/system/cpu/cpu$cpu/cpuidle/state1/disable 0
    done
    file /proc/irq/default_smp_affinity f
    file /proc/irq/24/smp_affinity_list 0-3
    file /proc/irq/25/smp_affinity_list 3
    file /proc/irq/26/smp_affinity_list 0
    file /sys/bus/pci/devices/0000:01:00.0/class 0x020000
    file /sys/bus/pci/devices/0000:01:00.0/numa_node 0
    file /sys/bus/pci/devices/0000:01:00.0/net/enp1s0/operstate up
    mkdir -p "$root/sys/bus/pci/drivers/e1000e" "$root/run"
    ln -s "$root/sys/bus/pci/drivers/e1000e" "$root/sys/bus/pci/devices/0000:01:00.0/driver"
}

# file PATH TEXT
file() {
    mkdir -p "$RXLAB_SYSROOT${1%/*}"
    printf '%s\n' "$2" >"$RXLAB_SYSROOT$1"
}

# One checksum for each file that tune may touch.
settings_of() {
    (cd "$RXLAB_SYSROOT" && find proc sys -type f -exec sha256sum {} + | sort -k 2)
}
