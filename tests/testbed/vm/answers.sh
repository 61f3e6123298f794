#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a guest says is heard, however slowly it comes. QEMU is a stand-in that says it (vm takes the guest's words from
# the same pipe as QEMU's own).
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

run() { # STATUS SHELL COMMANDS: what QEMU does
    stand_in_machine 6.6.6-slow "$2"
    expect "$1" "$bed/vm" run --kernel "$work/boot/vmlinuz" --accel tcg --timeout 20 -- true
}

# vm looks once a second whether somebody still reads the output, also in the middle of a word.
test_an_answer_that_comes_in_pieces_is_an_answer() {
    run 7 'printf "alive\nu" >&2; sleep 1.5; printf "p\nexi" >&2; sleep 1.5; printf "t " >&2; sleep 1.5; echo 7 >&2; exec sleep 9'
}

test_what_qemu_says_in_pieces_is_shown_in_one() {
    run 125 'printf "no such" >&2; sleep 1.5; echo " device" >&2'
    expect_output '*vm: QEMU: no such device*'
}

run_claims
