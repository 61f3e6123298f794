#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Guests that panic, hang, end or are killed.
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
snapshot() { guests; }

console_of() { sed -n 's/^vm: console log: //p' <<<"$output"; }

test_a_panic_ends_with_its_reason_and_the_whole_log() {
    expect 125 "$bed/vm" run --timeout 200 --dmesg "$work/dmesg" -- sh -c 'echo c >/proc/sysrq-trigger'
    expect_output $'*sysrq: Trigger a crash*Call Trace:*\nvm: run sh (*): the guest\'s kernel panicked\nvm: console log: *'
    grep -q 'Linux version' "$(console_of)"
    grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$work/dmesg"
    expect 1 "$bed/kernel_log_check" "$work/dmesg"
}

test_a_guest_that_switches_itself_off_is_told_from_a_command_that_ends() {
    expect 125 "$bed/vm" run --kernel "$other" --timeout 200 -- sh -c 'echo o >/proc/sysrq-trigger; sleep 60'
    expect_output $'*\nvm: run sh (*): the guest ended\nvm: console log: *'
}

test_no_time_left_ends_with_124_and_the_console() {
    expect 124 "$bed/vm" run --timeout 8 -- sleep 1000
    expect_output $'*\nvm: * (kernel *): out of time\nvm: console log: *' # on a busy machine it may still be booting
    [[ -s $(console_of) ]] || fail "no console: $output"
}

test_no_time_to_boot_ends_with_124_too() {
    expect 124 "$bed/vm" run --timeout 1 -- true
    expect_output '*vm: boot (*): out of time*'
}

test_qemu_does_not_outlive_vm_however_it_ends() {
    local signal status
    for signal in INT TERM HUP KILL; do
        python3 "$RXLAB_SOURCE_DIR/testbed/veth/signals.py" take "$bed/vm" run -- sleep 1000 >/dev/null 2>&1 &
        eventually 20 guests >/dev/null
        kill -"$signal" $!
        status=0
        wait $! || status=$?
        [[ $status == $((128 + $(kill -l "$signal"))) ]] || fail "$signal: status $status"
        eventually 5 no_guests
    done
}

test_a_reader_that_goes_ends_the_guest() {
    { "$bed/vm" run -- yes || echo $? >"$work/status"; } | head -n 1 >"$work/first"
    [[ $(<"$work/status") == 141 && $(<"$work/first") == y ]] || fail "$(cat "$work/status" "$work/first")"
    eventually 5 no_guests
}

test_what_qemu_says_against_a_device_is_shown() {
    expect 125 "$bed/vm" run --device no-such-device -- true
    expect_output "*vm: QEMU: *'no-such-device' is not a valid device model name*"
}

mapfile -t kernels < <("$bed/kernels" --names ci)
other=${kernels[-1]}
with_kernels "${kernels[@]}"
run_claims
