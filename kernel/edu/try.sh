#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh EDUCTL: walks through what /dev/rxlab_edu0 does, and prints each command and its outcome. `make test` runs it;
# exit 0: everything went as described, 1: something did not.
set -u
export LC_ALL=C
eductl=${1:?}
device=/dev/rxlab_edu0
failed=0
export device eductl

title() { printf '\n%s\n' "$*"; }

# shows EXPECTED COMMAND: runs the command; its output (both streams) must match the pattern.
shows() {
    local output shown=$2
    shown=${shown//'$device'/$device}
    shown=${shown//'$eductl'/eductl}
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
    title '1. Registers: the device answers, and inverts what is written to one of them'
    shows 'edu 1.0, *' '$eductl $device info'
    shows '0xfffffff0' '$eductl $device invert 0xf'

    title '2. The device computes, and says by an interrupt that it is done; the process sleeps meanwhile'
    shows '3628800' '$eductl $device factorial 10'
    shows '*rxlab_edu*' 'grep rxlab_edu /proc/interrupts'
    shows '' '$eductl $device raise 0x6'

    title '3. Its buffer is a file of 4095 bytes; the device itself fetches what is written, and delivers what is read'
    shows 'hello' 'echo hello >$device; head -c 6 $device'
    shows '*No space left on device' 'echo more | dd of=$device bs=1 seek=4095 status=none'
    shows '4095' 'wc -c <$device'

    title '4. The memory for that is mapped anew for each transfer, or once and for all'
    shows 'streaming: 4095 *, 0 different*coherent: 4095 *, 0 different' '$eductl $device copy'

    title '5. What the device calls that memory: the IOMMU'\''s view. Without one, or with iommu=pt, the same'
    shows '*the last transfer: memory at 0x*, which the device calls 0x*' 'head -c 1 $device >/dev/null; $eductl $device info'
    shows '*' 'cat /sys/class/misc/rxlab_edu0/device/iommu_group/type'
}

if [[ ! -c $device ]]; then
    echo "test: $device is missing: the driver is bound to no device; use a guest: ./rxlab vm shell --slot edu" >&2
    exit 1
fi
walk
echo
if ((failed == 0)); then
    echo 'Everything went as described. README.md explains each step. Next: make pull, or make unload'
else
    echo 'Something did not go as described: see FAILED above, and: dmesg | tail' >&2
fi
exit "$failed"
