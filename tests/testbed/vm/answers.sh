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
    expect_output 'vm: plug in a network card igb: QEMU 7.2.22 has none of this name; see: qemu-system-x86_64 -device help; igb came with QEMU 8.0; for Debian 12, docs/emulated-nics.md has the commands'
    grep -q 'apt-get install -t bookworm-backports qemu-system-x86' "$RXLAB_SOURCE_DIR/docs/emulated-nics.md" || fail 'it has not'
    expect 125 "$bed/vm" run --kernel "$work/boot/vmlinuz" --accel tcg --nic e1001 -- true
    expect_output 'vm: plug in a network card e1001: QEMU 7.2.22 has none of this name; see: qemu-system-x86_64 -device help'
}

# QEMU is a stand-in that looks for itself, and says what it sees as its own message.
test_a_guest_of_root_sees_what_an_ordinary_user_sees() {
    ((EUID == 0)) || return 0 # an ordinary user's QEMU cannot read it anyway
    unshare --mount true 2>/dev/null || return 0
    mkdir -p /root/.rxlab-test && printf secret >/root/.rxlab-test/secret
    run 125 'echo "shadow $(wc -c </etc/shadow), root $(ls -A /root | tr "\n" " "), tools $(test -x /usr/bin/env && echo yes)," \
        "repository $(test -r "'"$bed/vm"'" && echo yes)" >&2'
    rm -r /root/.rxlab-test
    expect_output '*vm: QEMU: shadow 0, root *, tools yes, repository yes*'
    [[ $output != *rxlab-test* ]] || fail "sees /root: $output"
}

# A file that is needed, in a folder that is needed, below one that is covered: QEMU sees it, and nobody's is written to.
test_what_is_needed_below_a_cover_stays_as_it_is() {
    ((EUID == 0)) && unshare --mount true 2>/dev/null || return 0
    mkdir -p /root/.rxlab-test/cache/boot && echo kernel >/root/.rxlab-test/cache/boot/image && echo secret >/root/.rxlab-test/secret
    expect 0 "$bed/cover.sh" /root/.rxlab-test/cache/boot/image /root/.rxlab-test/cache -- \
        bash -c 'cat /root/.rxlab-test/cache/boot/image; ls -A /root/.rxlab-test; ls -A /root'
    expect_output 'kernel
cache
.rxlab-test'
    [[ $(</root/.rxlab-test/cache/boot/image) == kernel && $(</root/.rxlab-test/secret) == secret ]] || fail "something was written"
    rm -r /root/.rxlab-test
}

run_claims
