#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: QEMU 7.2.22 (Debian 12), the network card e1000e (Intel 82574).
# One would guess: hardware time can be tried out on it. Linux offers all of it there (`ethtool -T`: hardware-receive, a
# filter for all packets, /dev/ptp0), because the 82574 has a clock, SYSTIM, that grows by TIMINCA's increment and latches
# each packet's arrival; or else the device refuses.
# What happens: the registers of the clock are memory. SYSTIM stays at what was written last, so that the PTP clock says
# one and the same time for ever and no reading of it fails; TSYNCRXCTL never says that a stamp is there (RXTT), whatever
# packets come.
# Seen: TIMINCA of 24 ns a tick of 25 MHz, SYSTIM set to 1000: after 0.5 s, and 20 frames, 1000. TSYNCRXCTL with all
# packets to be stamped reads back without RXTT.
# Source: Intel 82574 data sheet, "System Time Register", "Increment Attributes Register" and "RX Time Sync Control";
# the tables of registers in hw/net/e1000e_core.c.
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

SYSTIML, SYSTIMH, TIMINCA, TSYNCRXCTL = 0xB600, 0xB604, 0xB608, 0xB620
RXTT, ALL_PACKETS, ENABLED = 1 << 0, 4 << 1, 1 << 4
FRAMES = 20
nic = e1000e.Nic(sys.argv[1], e1000e.RCTL_SECRC)
nic.write(TIMINCA, 1 << 24 | 24)
nic.write(SYSTIML, 1000)
nic.write(SYSTIMH, 0)
nic.write(TSYNCRXCTL, ENABLED | ALL_PACKETS)
nic.give(FRAMES + 1)
before = nic.read(SYSTIML)
for _ in range(FRAMES):
    if not nic.send(100):
        sys.exit("the wire takes fewer frames now")
time.sleep(0.5)
after, status, frames = nic.read(SYSTIML), nic.read(TSYNCRXCTL), nic.read(e1000e.GPRC)
nic.end()
print(f"SYSTIM {before}, half a second and {frames} frames later {after}; TSYNCRXCTL {status:#x}")
if frames != FRAMES:
    sys.exit("not all frames come now")
if before != 1000 or after != 1000:
    sys.exit("the clock runs now")
if status & RXTT:
    sys.exit("packets are stamped now")
PY
try_with_qemu
