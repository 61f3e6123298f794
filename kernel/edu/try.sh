#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh EDUCTL: a walk through what /dev/rxlab_edu0 does; see ../walk.sh.
# shellcheck source=../walk.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../walk.sh"
companion "${1:?}"
device=/dev/rxlab_edu0

if [[ ! -c $device ]]; then
    echo "test: $device is missing: the driver is bound to no device; use a guest: ./rxlab vm shell --slot edu" >&2
    exit 1
fi

title '1. Registers: the device answers, and inverts what is written to one of them'
shows 'edu 1.0, *' 'eductl /dev/rxlab_edu0 info'
shows '0xfffffff0' 'eductl /dev/rxlab_edu0 invert 0xf'

title '2. The device computes, and says by an interrupt that it is done; the process sleeps meanwhile'
shows '3628800' 'eductl /dev/rxlab_edu0 factorial 10'
shows '*rxlab_edu*' 'grep rxlab_edu /proc/interrupts'
shows '' 'eductl /dev/rxlab_edu0 raise 0x6'

title '3. Its buffer is a file of 4095 bytes; the device itself fetches what is written, and delivers what is read'
shows 'hello' 'echo hello >/dev/rxlab_edu0; head -c 6 /dev/rxlab_edu0'
shows '*No space left on device' 'echo more | dd of=/dev/rxlab_edu0 bs=1 seek=4095 status=none'
shows '4095' 'wc -c </dev/rxlab_edu0'

title '4. The memory for that is mapped anew for each transfer, or once and for all'
shows 'streaming: 4095 *, 0 different*coherent: 4095 *, 0 different' 'eductl /dev/rxlab_edu0 copy'

title '5. What the device calls that memory: the IOMMU'\''s view. Without one, or with iommu=pt, the same'
shows '*the last transfer: memory at 0x*, which the device calls 0x*' 'head -c 1 /dev/rxlab_edu0 >/dev/null; eductl /dev/rxlab_edu0 info'
shows '*' 'cat /sys/class/misc/rxlab_edu0/device/iommu_group/type'
arrive 'make pull, or make unload'
