#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: QEMU 7.2.22 (Debian 12), a hub (-netdev hubport) between two network cards, both e1000e.
# One would guess: a hub delivers the frames of one sender in the order in which they were sent, as a cable does. That the
# receiver's ring was full for a while delays frames, and changes nothing about their order.
# What happens: later frames overtake earlier ones. While the ring is full, a frame waits either in front of the hub or in
# front of the card: where it waits depends on whether the hub had taken it already. When the driver gives descriptors
# back, QEMU empties the queue in front of the hub first. A feed that is received in a guest then has gaps and late
# packets that no driver made. With one more port on the hub, at which nothing is, no frame ever waits in front of the hub, and
# all come in order: the hub takes a frame if any of its other ports can.
# Seen: 24 frames for 8 free descriptors, 4 descriptors more, 12 frames, 48 descriptors more. Two ports: 0 to 11, then 24,
# then 12 to 23, then 25 to 35. Three ports: 0 to 35.
# Source: QEMU's manual, "-netdev hubport", which promises a hub and names no order; net_hub_port_can_receive() and
# net_hub_flush() in net/hub.c, qemu_flush_queued_packets() in net/net.c.
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
from e1000e import CTRL, CTRL_RST, CTRL_SLU

TCTL, TDBAL, TDBAH, TDLEN, TDH, TDT = 0x400, 0x3800, 0x3804, 0x3808, 0x3810, 0x3818
SLOT, BAR, RING, BUFFERS, BUFFER_BYTES, DESCRIPTORS = 4, 0xE0100000, 0x400000, 0x500000, 64, 64
LAST_ONE = 1 << 0 | 1 << 1 | 1 << 3  # end of packet, add the check sequence, report


class Sender:
    """The card in slot 4, of the same QEMU."""

    def __init__(self, receiver):
        self.ask, self.sent = receiver.ask, 0
        receiver.configure(0x10, BAR, SLOT)
        receiver.configure(0x04, 1 << 1 | 1 << 2, SLOT)
        for bit in CTRL_RST, CTRL_SLU:
            self.ask("writel", BAR + CTRL, self.ask("readl", BAR + CTRL) | bit)
        for register, value in ((TDBAL, RING), (TDBAH, 0), (TDLEN, DESCRIPTORS * 16), (TDH, 0), (TDT, 0), (TCTL, 1 << 1)):
            self.ask("writel", BAR + register, value)

    def send(self):
        """A frame with its number behind the Ethernet header."""
        frame = bytes.fromhex("01005e000001 020000000001 88b5") + self.sent.to_bytes(8, "little") + bytes(42)
        buffer, descriptor = BUFFERS + self.sent * BUFFER_BYTES, RING + self.sent * 16
        for at in range(0, len(frame), 8):
            self.ask("writeq", buffer + at, int.from_bytes(frame[at:at + 8], "little"))
        self.ask("writeq", descriptor, buffer)
        self.ask("writeq", descriptor + 8, len(frame) | LAST_ONE << 24)
        self.sent += 1
        self.ask("writel", BAR + TDT, self.sent)


for ports, expected in (2, [*range(12), 24, *range(12, 24), *range(25, 36)]), (3, [*range(36)]):
    network = []
    for port in range(ports):
        network += ["-netdev", f"hubport,hubid=0,id=port{port}"]
    for port in range(2):
        network += ["-device", f"e1000e,netdev=port{port},addr={3 + port},romfile="]
    nic = e1000e.Nic(sys.argv[1], e1000e.RCTL_SECRC, network)
    sender = Sender(nic)
    for tail, frames in (8, 24), (12, 12), (60, 0):
        nic.give(tail)
        for _ in range(frames):
            sender.send()
        time.sleep(0.3)
    numbers = [nic.ask("readq", e1000e.BUFFERS + i * e1000e.BUFFER_BYTES + 14) for i in range(len(nic.received()))]
    nic.end()
    os.remove("control")
    print(f"{ports} ports:", *numbers)
    if numbers != expected:
        sys.exit(f"the frames come in another order now, with {ports} ports")
PY
try_with_qemu
