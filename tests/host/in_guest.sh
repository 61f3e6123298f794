#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What only a machine of its own can show: doctor is right about a guest, and tune with --undo leaves every
# kernel setting as it was. Runs as root in a guest with two processors (guest.sh).
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
rxlab=$RXLAB_SOURCE_DIR/rxlab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All that tune may touch, with its value.
kernel_settings() {
    grep -s . /proc/irq/*/smp_affinity_list /proc/irq/default_smp_affinity /proc/sys/kernel/{numa_balancing,nmi_watchdog} \
        /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/mm/hugepages/*/nr_hugepages \
        /sys/devices/system/cpu/cpu*/cpuidle/state*/disable /sys/devices/system/cpu/cpufreq/policy*/scaling_governor ||
        (($? == 2)) # some of these files are not there
}

says() { # CHECK PATTERN
    output=$("$rxlab" doctor "$1") || :
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $2 ]] || fail "$1: expected $2, got: $output"
}

test_doctor_is_right_about_the_guest() {
    says kernel "ok *$(uname -r)*"
    says modules 'ok *loadable*'
    says headers "*$(uname -r)*"
    says hypervisor 'note *'
    says cpus 'note *two (0-1)*'
    says kvm 'note *no /dev/kvm*'
    says nics 'lacks *no PCI network port*'
    says iommu 'lacks *'
    says vfio 'note *not loaded*'
    modprobe vfio-pci
    says vfio 'ok *'
    says huge-pages 'lacks *0 of 2048 kB*'
}

test_tune_and_undo_leave_no_difference() {
    echo always >/sys/kernel/mm/transparent_hugepage/enabled
    kernel_settings >"$work/before"
    expect 0 "$rxlab" tune --yes --cpus 1 --huge-pages 16
    kernel_settings >"$work/tuned"
    grep -Fq 'hugepages-2048kB/nr_hugepages:16' "$work/tuned" || fail "no huge pages: $output"
    grep -Fq 'enabled:always [madvise] never' "$work/tuned" || fail "transparent huge pages: $output"
    grep -Eq 'default_smp_affinity:0*1$' "$work/tuned" || fail "interrupts: $output"
    says huge-pages '*16 of 2048 kB*'
    expect 0 "$rxlab" tune --undo --yes
    kernel_settings | diff "$work/before" - || fail "not as it was"
    [[ ! -e /run/rxlab-tune ]] || fail "the journal is still there"
}

test_tune_killed_at_once_is_undone() {
    kernel_settings >"$work/before"
    local tries
    for tries in 0.4 1.0; do
        setsid "$rxlab" tune --yes --cpus 1 --huge-pages 16 >/dev/null 2>&1 &
        sleep "$tries"
        kill -KILL -- "-$!" || :
        wait
        expect 0 "$rxlab" tune --undo --yes
        kernel_settings | diff "$work/before" - || fail "not as it was, killed after $tries s"
    done
}

run_claims
