#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tune writes what it shows, and --undo leaves the machine as it was, whatever happened between.
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
. "$(dirname -- "${BASH_SOURCE[0]}")/machine.sh"
tune=$RXLAB_SOURCE_DIR/host/tune
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

value() { cat "$RXLAB_SYSROOT$1"; }

# The kernel shows the chosen word in brackets; a file does not.
as_the_kernel_shows() { file /sys/kernel/mm/transparent_hugepage/enabled "$1"; }

test_it_shows_what_it_would_write_and_writes_nothing_unasked() {
    new_machine "$work/host"
    settings_of >"$work/before"
    expect 0 "$tune" --dry-run --cpus 2-3
    [[ $output == *'/proc/sys/kernel/numa_balancing: 1 -> 0'* ]] || fail "$output"
    [[ $output == *'policy3/scaling_governor: schedutil -> performance'* ]] || fail "$output"
    [[ $output == *'/proc/irq/24/smp_affinity_list: 0-3 -> 0-1'* ]] || fail "$output"
    [[ $output != *irq/26* ]] || fail "an interrupt that is elsewhere: $output"
    [[ $output != *cpu0/cpuidle* && $output != *policy1/* ]] || fail "a processor that is not in --cpus: $output"
    [[ $output != *state0* ]] || fail "a C-state that is shallow enough: $output"
    expect 2 "$tune" --cpus 2-3 </dev/null
    expect_output '*nothing was written: no terminal to ask at; add --yes'
    settings_of | diff "$work/before" - || fail "something was written"
}

test_undo_takes_everything_back() {
    new_machine "$work/host"
    settings_of >"$work/before"
    expect 0 "$tune" --yes --cpus 2-3
    [[ $(value /proc/irq/24/smp_affinity_list) == 0-1 ]] || fail "irq 24"
    [[ $(value /proc/irq/default_smp_affinity) == 3 ]] || fail "default mask"
    [[ $(value /sys/devices/system/cpu/cpufreq/policy2/scaling_governor) == performance ]] || fail "governor"
    [[ $(value /sys/devices/system/cpu/cpu2/cpuidle/state1/disable) == 1 ]] || fail "C-state"
    [[ $(value /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages) == 256 ]] || fail "huge pages"
    [[ $(value /sys/kernel/mm/transparent_hugepage/enabled) == madvise ]] || fail "transparent huge pages"
    as_the_kernel_shows 'always [madvise] never'
    expect 0 "$tune" --undo --yes
    [[ $(value /sys/kernel/mm/transparent_hugepage/enabled) == always ]] || fail "transparent huge pages are not back"
    as_the_kernel_shows '[always] madvise never'
    settings_of | diff "$work/before" - || fail "something was not taken back"
    expect 0 "$tune" --undo --yes
    expect_output 'tune: nothing to undo'
}

test_a_policy_of_several_processors_belongs_to_each_of_them() {
    new_machine "$work/host"
    file /sys/devices/system/cpu/cpufreq/policy0/affected_cpus '0 1 2'
    expect 0 "$tune" --dry-run --only governor --cpus 2-3
    [[ $output == *policy0/* && $output == *policy3/* && $output != *policy1/* ]] || fail "$output"
    expect 0 "$tune" --dry-run --only governor
    [[ $output == *policy1/* ]] || fail "without --cpus: $output"
}

test_daemons_that_write_the_same_settings_are_named() {
    new_machine "$work/host"
    expect 0 "$tune" --yes --only governor
    [[ $output != *'may take these back'* ]] || fail "$output"
    expect 0 "$tune" --undo --yes
    file /proc/71/comm irqbalance
    file /proc/72/comm tuned
    file /proc/73/comm tuned-other
    expect 0 "$tune" --yes --only governor
    expect_output '*tune: irqbalance tuned may take these back: see ./rxlab doctor tuning-daemons*'
}

test_a_second_tune_does_not_forget_what_was_there_before_the_first() {
    new_machine "$work/host"
    expect 0 "$tune" --yes --only huge-pages
    expect 0 "$tune" --yes --only huge-pages --huge-pages 512
    [[ $(value /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages) == 512 ]] || fail "not written"
    expect 0 "$tune" --undo --yes
    [[ $(value /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages) == 0 ]] || fail "not taken back"
}

test_on_several_nodes_each_gets_its_own_huge_pages_back() {
    new_machine "$work/host"
    local pool=/hugepages/hugepages-2048kB/nr_hugepages
    file /sys/kernel/mm"$pool" 100
    file /sys/devices/system/node/node0"$pool" 100
    file /sys/devices/system/node/node1"$pool" 0
    settings_of >"$work/before"
    expect 0 "$tune" --yes --only huge-pages --huge-pages 256
    [[ $(value /sys/devices/system/node/node0"$pool") == 178 ]] || fail "node 0: $output"
    [[ $(value /sys/devices/system/node/node1"$pool") == 78 ]] || fail "node 1: $output"
    expect 0 "$tune" --undo --yes
    settings_of | diff "$work/before" - || fail "something was not taken back"
}

test_killed_between_two_writes_all_is_taken_back() {
    new_machine "$work/host"
    settings_of >"$work/before"
    rm "$RXLAB_SYSROOT/proc/sys/kernel/nmi_watchdog"
    mkfifo "$RXLAB_SYSROOT/proc/sys/kernel/nmi_watchdog" # a write that never ends
    # Its reading needs an answer; the write then waits for ever.
    printf '1\n' >"$RXLAB_SYSROOT/proc/sys/kernel/nmi_watchdog" &
    setsid "$tune" --yes --only numa-balancing --only nmi-watchdog --only huge-pages >"$work/log" 2>&1 &
    local pid=$!
    eventually 10 grep -q numa_balancing "$RXLAB_SYSROOT/run/rxlab-tune/journal"
    eventually 10 grep -q nmi_watchdog "$RXLAB_SYSROOT/run/rxlab-tune/journal"
    kill -KILL -- "-$pid"
    wait
    [[ $(value /proc/sys/kernel/numa_balancing) == 0 ]] || fail "the first write was not done: the test is wrong"
    rm "$RXLAB_SYSROOT/proc/sys/kernel/nmi_watchdog"
    file /proc/sys/kernel/nmi_watchdog 1
    expect 0 "$tune" --undo --yes
    settings_of | diff "$work/before" - || fail "something was not taken back"
}

test_what_cannot_be_taken_back_is_named_and_kept_for_the_next_undo() {
    new_machine "$work/host"
    expect 0 "$tune" --yes --only huge-pages
    local pool=$RXLAB_SYSROOT/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    ln -sf /proc/version "$pool" # reads, and refuses every write, also root's
    expect 1 "$tune" --undo --yes
    [[ $output == *'nr_hugepages: should be 0 again, but is Linux'* ]] || fail "$output"
    rm "$pool"
    file "${pool#"$RXLAB_SYSROOT"}" 256
    expect 0 "$tune" --undo --yes
    [[ $(cat "$pool") == 0 ]] || fail "not taken back"
}

test_an_interrupt_that_is_gone_does_not_stop_the_undo() {
    new_machine "$work/host"
    expect 0 "$tune" --yes --only irq-affinity --cpus 3
    rm -r "$RXLAB_SYSROOT/proc/irq/25"
    expect 0 "$tune" --undo --yes
    [[ $(value /proc/irq/24/smp_affinity_list) == 0-3 ]] || fail "irq 24"
}

test_wrong_requests_end_with_2_and_write_nothing() {
    new_machine "$work/host"
    settings_of >"$work/before"
    local request
    for request in '--cpus 0-3' '--cpus 9' '--cpus x' '--huge-pages many' '--only sleep' '--only irq-affinity' '--cpus' '--now'; do
        # shellcheck disable=SC2086 # two words
        expect 2 "$tune" --yes $request
    done
    settings_of | diff "$work/before" - || fail "something was written"
}

test_an_ordinary_user_is_told_to_use_sudo() {
    unset RXLAB_SYSROOT
    local as=()
    ((EUID != 0)) || as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    need_open_clone
    [[ $("$tune" --dry-run) != 'tune: nothing to change' ]] || skip "nothing to tune here"
    expect 1 "${as[@]}" "$tune" --yes
    expect_output '*tune: write settings: needs root; run: sudo ./rxlab tune'
}

test_machines_with_many_processors_get_masks_as_the_kernel_writes_them() {
    new_machine "$work/host"
    file /sys/devices/system/cpu/online 0-39
    file /proc/irq/default_smp_affinity ff,ffffffff
    expect 0 "$tune" --dry-run --only irq-affinity --cpus 2-3,36-39
    [[ $output == *'default_smp_affinity: ff,ffffffff -> 0f,fffffff3'* ]] || fail "$output"
    [[ $output == *'irq/24/smp_affinity_list: 0-3 -> 0-1'$'\n'* ]] || fail "$output"
    [[ $output == *'irq/25/smp_affinity_list: 3 -> 0-1,4-35'* ]] || fail "$output" # it had no other
}

run_claims
