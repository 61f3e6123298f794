#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh RINGCTL: a walk through what /dev/rxring does; see ../walk.sh.
# shellcheck source=../walk.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../walk.sh"
ringctl=${1:?}
companion "$ringctl"
device=/dev/rxring

state=$("$ringctl" "$device" state) || exit # it has printed the reason
if [[ $state != *" 0 of "*" slots full"* ]]; then
    echo "test: $device holds packets that this test would take: $state" >&2
    exit 1
fi

title '1. Each write() is a packet in the ring; read() takes one out, with a system call and a copy'
shows '' 'echo first >/dev/rxring; echo second >/dev/rxring; echo third >/dev/rxring'
shows 'first' 'dd if=/dev/rxring bs=2048 count=1 status=none'

title '2. From the mapped ring, the others are taken without any call'
shows $'second\nthird\n(2 packets, 0 system calls)' 'ringctl /dev/rxring take 2'

title '3. An empty ring: poll() puts the consumer to sleep, until somebody writes'
shows $'woken\n(1 packets, 1 system calls)' '(sleep 0.3; echo woken >/dev/rxring) & ringctl /dev/rxring take 1'

title '4. A full ring takes no more (EAGAIN); a writer that sleeps then asks for the doorbell to be rung with a call'
shows '*Resource temporarily unavailable' 'for i in $(seq 5000); do echo $i; done | dd of=/dev/rxring ibs=2 obs=2 oflag=nonblock status=none'
shows '*slots full' 'ringctl /dev/rxring state'
shows '*packets, 1 system calls)' '(echo late >/dev/rxring) & sleep 0.3; ringctl /dev/rxring take $(($(cat /sys/module/rxlab_ring/parameters/slots) + 0)) | tail -n 1'
shows $'late\n(1 packets, 0 system calls)' 'ringctl /dev/rxring take 1'

title '5. There is one consumer at a time (EBUSY), and nobody but the driver writes to the ring'
shows '*Device or resource busy' 'exec 3</dev/rxring; dd if=/dev/rxring bs=2048 count=1 status=none'

title '6. The same packets by read() and from the ring'
shows 'read(): * times as fast' 'ringctl /dev/rxring measure'
arrive 'make unload'
