#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: QEMU 7.2.22 (Debian 12), the network card e1000e (Intel 82574).
# One would guess: when the driver does not ask the card to strip the frame check sequence (RCTL.SECRC is 0, as after a
# reset), its 4 bytes follow the frame in the same buffer, and the length includes them: a frame of 1,000 bytes takes one
# descriptor with 1,004 bytes.
# What happens: the 4 bytes (zeros) get a descriptor of their own, however much room is left in the buffer. Each frame
# takes two descriptors, 1,000 bytes without the end-of-packet flag, then 4 bytes with it. A driver that takes each
# descriptor for a frame sees two, the second of 4 bytes; a ring holds half as many frames as it should.
# Seen: four frames of 1,000 bytes: with SECRC 1000, 1000, 1000, 1000; without it 1000, 4, 1000, 4, 1000, 4, 1000, 4.
# Source: Intel 82574 data sheet, "Receive Control Register" (SECRC) and "Receive Descriptor Length"; the change "Correct
# rx oversize packet checks" in hw/net/e1000e_core.c, which adds the bytes to desc_offset after it asks for it.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${qemu_7_2_22[@]}")
libraries=("${qemu_libraries[@]}")
unpack

cat >try.py <<'PY'
import os
import sys
import time

import e1000e

for control, name, expected in (
    (e1000e.RCTL_SECRC, "with SECRC", [(1000, True)] * 4),
    (0, "without SECRC", [(1000, False), (4, True)] * 4),
):
    nic = e1000e.Nic(sys.argv[1], control)
    nic.give(32)
    for _ in range(4):
        if not nic.send(1000 - 14):
            sys.exit("the wire takes no frame")
    time.sleep(0.5)
    received = nic.received()
    nic.end()
    os.remove("control")
    print(f"{name}:", ", ".join(f"{size}{' end' if end else ''}" for size, end in received))
    if received != expected:
        sys.exit(f"the frames are in other descriptors now, {name}")
PY
try_with_qemu
