#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# doctor reads a host right: this one by the same facts taken another way, others from a folder.
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
. "$(dirname -- "${BASH_SOURCE[0]}")/machine.sh"
doctor=$RXLAB_SOURCE_DIR/host/doctor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The state of one check, and all of its text in $output.
state_is() { # CHECK STATE [PATTERN]
    output=$("$doctor" "$1") || [[ $2 == lacks ]]
    [[ $output == "$2 "* ]] || fail "$1 is not $2: $output"
    [[ -z ${3:-} || $output == *$3* ]] || fail "no '$3' in: $output"
}

test_every_check_answers_once_as_text_and_as_json() {
    local status tries
    # Again if somebody changed the host meanwhile: other tests take huge pages, say.
    for ((tries = 0; tries < 5; ++tries)); do
        status=0
        "$doctor" >"$work/text" || status=$?
        ((status <= 1)) || fail "exit status $status"
        "$doctor" --json >"$work/json" || (($? == 1)) || fail "--json"
        "$doctor" >"$work/after" || (($? == 1)) || fail "the second time"
        ! cmp -s "$work/text" "$work/after" || break
    done
    python3 - "$work/text" "$work/json" "$doctor" <<'END' || fail "text and JSON differ"
import json, re, subprocess, sys
text = [line.split()[:2] for line in open(sys.argv[1]) if re.match(r"(ok|note|lacks) ", line)]
report = json.load(open(sys.argv[2]))
assert report["schema"] == "rxlab.doctor/1"
assert text == [[f["state"], f["check"]] for f in report["findings"]], "order or state"
names = subprocess.run([sys.argv[3], "--help"], capture_output=True, text=True).stdout
assert [f["check"] for f in report["findings"]] == names.split("Checks:\n")[1].split()
for f in report["findings"]:
    assert f["what"], f
    assert f["state"] == "ok" or f["matters"] or f["check"] == "secure-boot", f
assert report["lacking"] == sum(f["state"] == "lacks" for f in report["findings"])
END
}

test_it_is_right_about_this_host() {
    state_is kernel ok "$(uname -r)"
    local modules=lacks clock
    [[ ! -e /proc/modules ]] || modules=ok
    state_is modules "$modules"
    if grep -qw hypervisor /proc/cpuinfo; then state_is hypervisor note; else state_is hypervisor ok none; fi
    clock=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)
    output=$("$doctor" clock-source)
    [[ $output == *" $clock"* ]] || fail "clock source: $output"
    output=$("$doctor" cpus)
    [[ $output == *"($(cat /sys/devices/system/cpu/online))"* ]] || fail "processors: $output"
    if [[ -e /dev/kvm ]]; then
        output=$("$doctor" kvm)
        [[ $output != *'no /dev/kvm'* ]] || fail "kvm: $output"
    else
        state_is kvm note 'no /dev/kvm'
    fi
}

test_a_bare_metal_host_as_it_comes_is_told_what_to_tune() {
    new_machine "$work/host"
    state_is governor note schedutil
    state_is c-states note '133 µs'
    state_is transparent-huge-pages note always
    state_is numa-balancing note on
    state_is huge-pages lacks './rxlab tune --only huge-pages'
    state_is nics ok '0000:01:00.0 (e1000e, enp1s0 up, node 0)'
    state_is cpus ok '4 (0-3)'
    state_is clock-source ok invariant
    state_is headers note 'apt-get install linux-headers-6.1.0-9-amd64'
    state_is iommu lacks 'intel_iommu=on'
}

test_what_was_changed_is_seen() {
    new_machine "$work/host"
    file /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages 256
    state_is huge-pages note 'another program uses them all'
    file /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 200
    state_is huge-pages ok '256 of 2048 kB'
    file /proc/mounts 'proc /proc proc rw 0 0'
    state_is huge-pages note 'not mounted'
    file /sys/devices/system/cpu/isolated 2-3
    file /sys/devices/system/cpu/nohz_full ' (null)'
    state_is isolated-cpus ok '2-3, nohz_full none, rcu_nocbs none'
    file /proc/cmdline 'quiet isolcpus=2-3'
    state_is isolated-cpus note 'isolcpus=managed_irq,domain,2-3'
    file /proc/cmdline 'quiet isolcpus=managed_irq,domain,2-3'
    state_is isolated-cpus ok '2-3, nohz_full none'
    file /proc/sys/kernel/modules_disabled 1
    state_is modules lacks modules_disabled
    file /sys/kernel/security/lockdown 'none [integrity] confidentiality'
    state_is secure-boot lacks integrity
    file /proc/sys/kernel/unprivileged_userns_clone 0
    state_is user-namespaces lacks 'sysctl kernel.unprivileged_userns_clone=1'
    file /sys/kernel/iommu_groups/7/type DMA-FQ
    state_is iommu ok '1 groups, DMA-FQ'
    file /sys/devices/system/clocksource/clocksource0/current_clocksource hpet
    state_is clock-source note hpet
}

test_daemons_that_change_settings_are_noted() {
    new_machine "$work/host"
    state_is tuning-daemons ok
    file /proc/71/comm power-profiles-
    file /proc/72/comm irqbalance
    state_is tuning-daemons note 'irqbalance power-profiles-daemon'
}

test_real_time_throttling_is_the_fair_servers_since_6_12() {
    new_machine "$work/host"
    state_is rt-throttling ok 'get 950000 of'
    for release in 6.12.0-1-amd64 7.0.1; do
        file /proc/sys/kernel/osrelease "$release"
        state_is rt-throttling ok 'fair server'
    done
    file /proc/sys/kernel/osrelease 6.11.9
    state_is rt-throttling ok 'get 950000 of'
}

test_an_interrupt_on_one_of_several_isolated_processors_is_seen() {
    new_machine "$work/host"
    file /sys/devices/system/cpu/isolated 1-2
    file /proc/irq/24/effective_affinity_list 2
    file /proc/irq/25/effective_affinity_list 3
    state_is irq-affinity note '1 of 3 interrupts go to isolated processors'
    file /proc/irq/24/effective_affinity_list 0
    state_is irq-affinity ok 'none on the isolated processors'
}

test_no_iommu_mode_is_not_taken_for_an_iommu() {
    new_machine "$work/host"
    file /sys/kernel/iommu_groups/0/name vfio-noiommu
    state_is iommu lacks 'off or not there'
}

test_a_quote_or_a_backslash_in_a_file_does_not_break_the_json() {
    new_machine "$work/host"
    file /proc/sys/kernel/osrelease 'a"b\c'
    "$doctor" --json kernel | python3 -m json.tool >"$work/json" || fail "not JSON"
    grep -Fq 'a\"b\\c' "$work/json" || fail "$(cat "$work/json")"
}

test_an_unknown_check_or_option_ends_with_2() {
    expect 2 "$doctor" weather
    expect_output 'doctor: unknown check: weather; see: ./rxlab doctor --help'
    expect 2 "$doctor" --xml
}

test_the_exit_status_says_whether_something_lacks() {
    new_machine "$work/host"
    expect 0 "$doctor" kernel cpus
    expect 1 "$doctor" kernel iommu
}

run_claims
