#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh RINGCTL: walks through what /dev/rxring does, and prints each command and its outcome. `make test` runs it; exit 0:
# everything went as described, 1: something did not.
set -u
export LC_ALL=C
ringctl=${1:?}
device=/dev/rxring
failed=0
export device ringctl

title() { printf '\n%s\n' "$*"; }

# shows EXPECTED COMMAND: runs the command; its output (both streams) must match the pattern.
shows() {
    local output shown=$2
    shown=${shown//'$device'/$device}
    shown=${shown//'$ringctl'/ringctl}
    printf '  $ %s\n' "$shown"
    output=$(timeout 60 bash -c "$2" 2>&1)
    [[ -z $output ]] || printf '    %s\n' "${output//$'\n'/$'\n    '}"
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $1 ]] && return
    printf '    FAILED: expected: %s\n' "$1"
    failed=1
}

# shellcheck disable=SC2016 # the commands that are shown expand them
walk() {
    title '1. Each write() is a packet in the ring; read() takes one out, with a system call and a copy'
    shows '' 'echo first >$device; echo second >$device; echo third >$device'
    shows 'first' 'dd if=$device bs=2048 count=1 status=none'

    title '2. From the mapped ring, the others are taken without any call'
    shows $'second\nthird\n(2 packets, 0 system calls)' '$ringctl $device take 2'

    title '3. An empty ring: poll() puts the consumer to sleep, until somebody writes'
    shows $'woken\n(1 packets, 1 system calls)' '(sleep 0.3; echo woken >$device) & $ringctl $device take 1'

    title '4. A full ring takes no more (EAGAIN); a writer that sleeps then asks for the doorbell to be rung with a call'
    shows '*Resource temporarily unavailable' 'for i in $(seq 5000); do echo $i; done | dd of=$device ibs=2 obs=2 oflag=nonblock status=none'
    shows '*slots full' '$ringctl $device state'
    shows '*packets, 1 system calls)' '(echo late >$device) & sleep 0.3; $ringctl $device take $(($(cat /sys/module/rxlab_ring/parameters/slots) + 0)) | tail -n 1'
    shows $'late\n(1 packets, 0 system calls)' '$ringctl $device take 1'

    title '5. There is one consumer at a time (EBUSY), and nobody but the driver writes to the ring'
    shows '*Device or resource busy' 'exec 3<$device; dd if=$device bs=2048 count=1 status=none'

    title '6. The same packets by read() and from the ring'
    shows 'read(): * times as fast' '$ringctl $device measure'
}

state=$("$ringctl" "$device" state) || exit # it has printed the reason
if [[ $state != *" 0 of "*" slots full"* ]]; then
    echo "test: $device holds packets that this test would take: $state" >&2
    exit 1
fi
walk
echo
if ((failed == 0)); then
    echo 'Everything went as described. README.md explains each step. Next: make unload'
else
    echo 'Something did not go as described: see FAILED above, and: dmesg | tail' >&2
fi
exit "$failed"
