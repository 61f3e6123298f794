#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh RXLABCTL: walks through what /dev/rxlab0 does, and prints each command and its outcome. `make test` runs it;
# exit 0: everything went as described, 1: something did not.
set -u
export LC_ALL=C
rxlabctl=${1:?}
device=/dev/rxlab0
sysfs=/sys/class/rxlab/rxlab0
failed=0
export device sysfs rxlabctl

title() { printf '\n%s\n' "$*"; }

# shows EXPECTED COMMAND: runs the command; its output (both streams) must match the pattern.
shows() {
    local output shown=$2
    shown=${shown//'$device'/$device}
    shown=${shown//'$sysfs'/$sysfs}
    shown=${shown//'$rxlabctl'/rxlabctl}
    printf '  $ %s\n' "$shown"
    output=$(timeout 20 bash -c "$2" 2>&1)
    [[ -z $output ]] || printf '    %s\n' "${output//$'\n'/$'\n    '}"
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $1 ]] && return
    printf '    FAILED: expected: %s\n' "$1"
    failed=1
}

# shellcheck disable=SC2016 # the commands that are shown expand them
walk() {
    title '1. Each write() is a record; each read() returns one, the oldest first'
    shows '' 'echo first >$device; echo second >$device'
    shows 'first' 'head -n 1 $device'
    title '   (head took what one read could give: one record. The second is still there.)'
    shows 'second' 'dd if=$device bs=1024 count=1 status=none'

    title '2. A buffer that is too small gets a part; the rest stays for the same descriptor'
    shows 'ab,cd,ef' 'printf abcdef >$device; exec 3<$device; for i in 1 2 3; do dd bs=2 count=1 status=none <&3; ((i == 3)) || printf ,; done'

    title '3. An empty FIFO puts readers to sleep, until somebody writes'
    shows 'woken' '(sleep 0.3; echo woken >$device) & dd if=$device bs=1024 count=1 status=none'

    title '4. A reader that does not want to sleep says so, and gets EAGAIN'
    shows '*Resource temporarily unavailable' 'dd if=$device iflag=nonblock bs=1024 count=1 status=none'

    title '5. A record has at most 1024 bytes (EMSGSIZE), and there is no position to seek to (ESPIPE)'
    shows '*Message too long' 'dd if=/dev/zero of=$device bs=1025 count=1 status=none'
    shows '*Illegal seek' 'dd of=$device seek=1 count=0 oflag=nonblock status=none'

    title '6. ioctl and sysfs: look inside, resize, clear'
    shows '2' 'echo 2 >$sysfs/capacity; cat $sysfs/capacity'
    shows '*Resource temporarily unavailable' 'for i in 1 2 3; do echo $i | dd of=$device oflag=nonblock status=none; done'
    shows '*Device or resource busy' '$rxlabctl $device resize 1'
    shows '*2 of 2 queued*' '$rxlabctl $device statistics'
    shows '0' '$rxlabctl $device clear; cat $sysfs/statistics/queued'
    shows '64' '$rxlabctl $device resize 64; cat $sysfs/capacity'
}

now=$("$rxlabctl" "$device" statistics) || exit # it has printed the reason
if [[ $now != *" 0 of "*" queued"* ]]; then
    echo "test: $device holds records that this test would read; to drop them: $rxlabctl $device clear" >&2
    exit 1
fi
# The walk needs room for two records, whatever capacity= was.
capacity=$(<"$sysfs/capacity")
trap 'echo "$capacity" >"$sysfs/capacity"' EXIT
echo 64 >"$sysfs/capacity"
walk
echo
if ((failed == 0)); then
    echo 'Everything went as described. README.md explains each step. Next: make unload'
else
    echo 'Something did not go as described: see FAILED above, and: dmesg | tail' >&2
fi
exit "$failed"
