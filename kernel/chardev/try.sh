#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh RXLABCTL: a walk through what /dev/rxlab0 does; see ../walk.sh.
# shellcheck source=../walk.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../walk.sh"
rxlabctl=${1:?}
companion "$rxlabctl"
device=/dev/rxlab0
sysfs=/sys/class/rxlab/rxlab0

now=$("$rxlabctl" "$device" statistics) || exit # it has printed the reason
if [[ $now != *" 0 of "*" queued"* ]]; then
    echo "test: $device holds records that this test would read; to drop them: $rxlabctl $device clear" >&2
    exit 1
fi
# The walk needs room for two records, whatever capacity= was.
capacity=$(<"$sysfs/capacity")
trap 'echo "$capacity" >"$sysfs/capacity"' EXIT
echo 64 >"$sysfs/capacity"

title '1. Each write() is a record; each read() returns one, the oldest first'
shows '' 'echo first >/dev/rxlab0; echo second >/dev/rxlab0'
shows 'first' 'head -n 1 /dev/rxlab0'
title '   (head took what one read could give: one record. The second is still there.)'
shows 'second' 'dd if=/dev/rxlab0 bs=1024 count=1 status=none'

title '2. A buffer that is too small gets a part; the rest stays for the same descriptor'
shows 'ab,cd,ef' 'printf abcdef >/dev/rxlab0; exec 3</dev/rxlab0; for i in 1 2 3; do dd bs=2 count=1 status=none <&3; ((i == 3)) || printf ,; done'

title '3. An empty FIFO puts readers to sleep, until somebody writes'
shows 'woken' '(sleep 0.3; echo woken >/dev/rxlab0) & dd if=/dev/rxlab0 bs=1024 count=1 status=none'

title '4. A reader that does not want to sleep says so, and gets EAGAIN'
shows '*Resource temporarily unavailable' 'dd if=/dev/rxlab0 iflag=nonblock bs=1024 count=1 status=none'

title '5. A record has at most 1024 bytes (EMSGSIZE), and there is no position to seek to (ESPIPE)'
shows '*Message too long' 'dd if=/dev/zero of=/dev/rxlab0 bs=1025 count=1 status=none'
shows '*Illegal seek' 'dd of=/dev/rxlab0 seek=1 count=0 oflag=nonblock status=none'

title '6. ioctl and sysfs: look inside, resize, clear'
shows '2' 'echo 2 >/sys/class/rxlab/rxlab0/capacity; cat /sys/class/rxlab/rxlab0/capacity'
shows '*Resource temporarily unavailable' 'for i in 1 2 3; do echo $i | dd of=/dev/rxlab0 oflag=nonblock status=none; done'
shows '*Device or resource busy' 'rxlabctl /dev/rxlab0 resize 1'
shows '*2 of 2 queued*' 'rxlabctl /dev/rxlab0 statistics'
shows '0' 'rxlabctl /dev/rxlab0 clear; cat /sys/class/rxlab/rxlab0/statistics/queued'
shows '64' 'rxlabctl /dev/rxlab0 resize 64; cat /sys/class/rxlab/rxlab0/capacity'
arrive 'make unload'
