#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: QEMU 7.2.22 (Debian 12), the network card e1000e (Intel 82574).
# One would guess: a driver that does not keep up loses frames there as on the card itself. The card counts each frame
# that finds no free descriptor in RNBC (no buffers), keeps some 20 KB, and drops what comes after that and counts it in
# MPC (missed packets), so an overrun can be tried out in a guest.
# What happens: QEMU gives the card no frame while the ring is full, and stops reading from the backend. The frames wait
# in the host's socket and come when the driver has given descriptors back. MPC and RNBC stay 0. Only when that socket
# is full does the host hold up the sender or drop frames, and no register of the card counts those.
# Seen: a ring with 8 free descriptors, 60 frames of 1,000 bytes: 8 received, MPC 0, RNBC 0. With 52 descriptors more the
# other 52 come, MPC 0, RNBC 0.
# Source: Intel 82574 data sheet, "Missed Packets Count" and "Receive No Buffers Count"; e1000e_can_receive() in
# hw/net/e1000e_core.c.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${qemu_7_2_22[@]}")
libraries=("${qemu_libraries[@]}")
unpack

cat >try.py <<'PY'
import sys
import time

import e1000e
from e1000e import GPRC, MPC, RNBC

FIRST, ALL = 8, 60
nic = e1000e.Nic(sys.argv[1], e1000e.RCTL_SECRC)
nic.give(FIRST)
for _ in range(ALL):
    if not nic.send(1000 - 14):
        sys.exit("the wire takes fewer frames now")
time.sleep(0.5)


def count(text):
    # Reading clears the counters.
    good, missed, no_buffers = map(nic.read, (GPRC, MPC, RNBC))
    print(f"{text}: GPRC {good}, MPC {missed}, RNBC {no_buffers}")
    return good, missed + no_buffers


first, lost = count(f"{ALL} frames for {FIRST} descriptors")
nic.give(ALL)
later, lost_later = count(f"{ALL - FIRST} descriptors more")
nic.end()
if first != FIRST:
    sys.exit(f"{FIRST} descriptors do not take {FIRST} frames now")
if lost + lost_later != 0:
    sys.exit("frames are counted as missed now")
if first + later != ALL:
    sys.exit("frames are lost now")
PY
try_with_qemu
