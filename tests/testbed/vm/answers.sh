#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What QEMU is told, and that what a guest says is heard, however slowly it comes. QEMU is a stand-in that says it (vm takes the guest's words from
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

# As QEMU 8.0 and newer; what it was told is in $work/told.
knows_igb='case $* in
    *--version*) echo "QEMU emulator version 10.0.2 (Debian)" ;;
    "-device igb,help") ;;
    *) printf "%s\n" "$@" >'"$work/told"'; printf "alive\nup\nexit 0\n" >&2; exec sleep 5 ;;
esac'

test_cards_with_virtual_functions_are_two_slots_apart() {
    stand_in_machine 6.6.6-wide "$knows_igb"
    expect 0 "$bed/vm" run --kernel "$work/boot/vmlinuz" --accel tcg --nic igb --nic igb --nic igb,addr=2 -- true
    expect 0 grep '^igb' "$work/told"
    expect_output 'igb,addr=a,netdev=wire0,id=nic0
igb,addr=c,netdev=wire1,id=nic1
igb,addr=2,netdev=wire2,id=nic2'
}

test_a_card_that_qemu_does_not_have_is_named_with_the_remedy() {
    stand_in_machine 6.6.6-old 'case $* in
        *--version*) echo "QEMU emulator version 7.2.22 (Debian 1:7.2)" ;;
        *) exit 1 ;;
    esac'
    expect 125 "$bed/vm" run --kernel "$work/boot/vmlinuz" --accel tcg --nic igb --nic igb -- true
    expect_output 'vm: plug in a network card igb: QEMU 7.2.22 has none of this name; see: qemu-system-x86_64 -device help; igb came with QEMU 8.0: on Debian 12, apt-get install -t bookworm-backports qemu-system-x86'
    expect 125 "$bed/vm" run --kernel "$work/boot/vmlinuz" --accel tcg --nic e1001 -- true
    expect_output 'vm: plug in a network card e1001: QEMU 7.2.22 has none of this name; see: qemu-system-x86_64 -device help'
}

run_claims
