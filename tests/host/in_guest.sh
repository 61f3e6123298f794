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

# asked CHECK… : what doctor says of them, at once (it takes an emulated machine seconds to start); then says CHECK PATTERN.
asked() { output=$("$rxlab" doctor "$@") || :; }
says() {
    local line
    line=$(grep -E "^ *(ok|note|lacks) +$1 " <<<"$output") || :
    # shellcheck disable=SC2053 # a pattern
    [[ $line == $2 ]] || fail "$1: expected $2, got: $output"
}

test_doctor_is_right_about_the_guest() {
    asked kernel modules headers hypervisor cpus kvm nics iommu vfio huge-pages
    says kernel "ok *$(uname -r)*"
    says modules 'ok *loadable*'
    says headers "*$(uname -r)*"
    says hypervisor 'note *'
    says cpus 'note *two (0-1)*'
    says kvm 'note *no /dev/kvm*'
    says nics 'lacks *no PCI network port*'
    says iommu 'lacks *'
    says vfio 'note *not loaded*'
    says huge-pages 'lacks *0 of 2048 kB*'
    modprobe vfio-pci
    asked vfio
    says vfio 'ok *'
}

test_tune_and_undo_leave_no_difference() {
    echo always >/sys/kernel/mm/transparent_hugepage/enabled
    kernel_settings >"$work/before"
    expect 0 "$rxlab" tune --yes --cpus 1 --huge-pages 16
    kernel_settings >"$work/tuned"
    grep -Fq 'hugepages-2048kB/nr_hugepages:16' "$work/tuned" || fail "no huge pages: $output"
    grep -Fq 'enabled:always [madvise] never' "$work/tuned" || fail "transparent huge pages: $output"
    grep -Eq 'default_smp_affinity:0*1$' "$work/tuned" || fail "interrupts: $output"
    asked huge-pages
    says huge-pages '*16 of 2048 kB*'
    expect 0 "$rxlab" tune --undo --yes
    kernel_settings | diff "$work/before" - || fail "not as it was"
    [[ ! -e /run/rxlab-tune ]] || fail "the journal is still there"
}

# At a moment when it is writing; the nightly run has more of them.
test_tune_killed_at_once_is_undone() {
    kernel_settings >"$work/before"
    local tries
    for tries in "${moments[@]}"; do
        setsid "$rxlab" tune --yes --cpus 1 --huge-pages 16 >/dev/null 2>&1 &
        sleep "$tries"
        kill -KILL -- "-$!" || :
        wait
        expect 0 "$rxlab" tune --undo --yes
        kernel_settings | diff "$work/before" - || fail "not as it was, killed after $tries s"
    done
}

if [[ ${1:-} == nightly ]]; then
    moments=(0.2 0.4 0.7 1.0 1.5 2.2 3.0)
    run_claims test_tune_killed_at_once_is_undone
fi
moments=(1.0)
run_claims
