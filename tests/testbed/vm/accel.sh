#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# KVM is used where a guest has booted with it, and nowhere else. QEMU is a stand-in that says what a guest would say
# (vm takes the guest's words from the same pipe as QEMU's own).
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

: >"$work/kvm"
export RXLAB_KVM_DEVICE=$work/kvm # stands for a /dev/kvm that we may use, here or not
release=6.6.6-accel

# What QEMU does with -accel kvm.
machine() { # COMMAND
    stand_in_machine "$release" 'case " $* " in
        *" --version "*) echo "QEMU emulator version 1" ;;
        *" -accel kvm "*) echo kvm >>'"$work/log"'; '"$1"' ;;
        *) printf "alive\nup\nexit 0\n" >&2; exec sleep 5 ;;
    esac'
    rm -rf "$RXLAB_CACHE" "$work/log"
    : >"$work/log"
}

run() { expect 0 "$bed/vm" run --kernel "$work/boot/vmlinuz" "$@" -- true; }
tried() { grep -c kvm "$work/log"; }
answer() { cat "$RXLAB_CACHE"/accel/*; }

test_a_guest_that_boots_with_kvm_keeps_it() {
    machine 'printf "alive\nup\nexit 0\n" >&2; exec sleep 5'
    run
    [[ $(answer) == kvm && $(tried) == 2 ]] || fail "$(answer), tried $(tried) times"
    run
    [[ $(tried) == 3 ]] || fail "tried again"
}

test_a_guest_that_hangs_with_kvm_gets_tcg_and_the_answer_is_remembered() {
    machine 'echo $$ >'"$work/hanging"'; exec sleep 1000'
    run
    [[ $(answer) == tcg && $(tried) == 1 ]] || fail "$(answer), tried $(tried) times"
    [[ ! -d /proc/$(<"$work/hanging") ]] || fail 'the guest that hangs is left'
    run
    [[ $(tried) == 1 ]] || fail 'tried again'
}

test_a_qemu_that_dies_with_kvm_gets_tcg() {
    machine 'echo "qemu-system-x86_64: failed to set MSR 0x10a to 0x69" >&2; kill -ABRT $$'
    run
    [[ $(answer) == tcg ]] || fail "$(answer)"
}

test_without_the_device_nothing_is_tried() {
    machine 'printf "alive\nup\nexit 0\n" >&2; exec sleep 5'
    RXLAB_KVM_DEVICE=$work/none run
    [[ $(answer) == tcg && $(tried) == 0 ]] || fail "$(answer), tried $(tried) times"
    RXLAB_KVM_DEVICE=$work/none expect 0 "$bed/vm" status
    expect_output "*KVM: no $work/none*"
}

test_what_is_asked_for_is_not_tried() {
    machine 'exit 1'
    run --accel tcg
    [[ ! -d $RXLAB_CACHE/accel && $(tried) == 0 ]] || fail 'tried'
}

test_probe_tries_again() {
    machine 'exit 1'
    run
    stand_in qemu-system-x86_64 'case " $* " in *version*) echo "QEMU emulator version 1" ;; *) echo alive >&2; exec sleep 9 ;; esac'
    expect 0 "$bed/vm" probe --kernel "$work/boot/vmlinuz"
    expect_output "kernel $release: kvm"
    [[ $(answer) == kvm ]] || fail "$(answer)"
    expect 0 "$bed/vm" status
    expect_output "*tried: $release with kvm*"
}

run_claims
