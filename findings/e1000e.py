# SPDX-License-Identifier: MIT
"""QEMU's e1000e (an Intel 82574) without a guest: the script is the driver, through QEMU's own test protocol.

The processor stands at a HLT instruction. Registers are named and numbered as in Intel's 82574 data sheet.
"""

import os
import socket
import subprocess
import sys
import time

CTRL, RCTL, GPRC, MPC, RNBC = 0x0, 0x100, 0x4074, 0x4010, 0x40A0
RDBAL, RDBAH, RDLEN, RDH, RDT = 0x2800, 0x2804, 0x2808, 0x2810, 0x2818
CTRL_SLU, CTRL_RST = 1 << 6, 1 << 26
RCTL_EN, RCTL_UPE, RCTL_MPE, RCTL_SECRC = 1 << 1, 1 << 3, 1 << 4, 1 << 26
BAR, RING, BUFFERS, BUFFER_BYTES, DESCRIPTORS = 0xE0000000, 0x100000, 0x200000, 2048, 64
DONE, END_OF_PACKET = 1 << 0, 1 << 1


class Nic:
    """Starts the unpacked QEMU with a ring of 64 empty descriptors, none of which the device has yet.

    Without a network of its own (arguments for QEMU, with the card in slot 3) it is at a wire that send() writes to."""

    def __init__(self, program, receive_control, network=None):
        with open("hlt", "wb") as code:
            code.write(b"\xf4" * 65536)
        self.wire, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.wire.setblocking(False)
        control = socket.socket(socket.AF_UNIX)
        control.bind("control")
        control.listen()
        control.settimeout(20)
        command = [program, "-M", "q35", "-accel", "tcg", "-bios", "hlt", "-display", "none", "-nodefaults"]
        command += network or ["-netdev", f"dgram,id=wire,local.type=fd,local.str={inner.fileno()}",
                               "-device", "e1000e,netdev=wire,addr=3,romfile="]
        print("$ qemu-system-x86_64", *command[1:], flush=True)
        command += ["-qtest", "unix:control", "-qtest-log", "none"]
        environment = os.environ | {"LD_LIBRARY_PATH": os.environ["libs"]}
        self.qemu = subprocess.Popen(command, pass_fds=[inner.fileno()], env=environment, stderr=subprocess.DEVNULL)
        try:
            self.lines = control.accept()[0].makefile("rw")
        except TimeoutError:
            self.qemu.kill()
            sys.exit("QEMU does not start")
        self.configure(0x10, BAR)
        self.configure(0x04, 1 << 1 | 1 << 2)  # memory space, bus master
        self.write(CTRL, self.read(CTRL) | CTRL_RST)
        self.write(CTRL, self.read(CTRL) | CTRL_SLU)
        for number in range(DESCRIPTORS):
            self.ask("writeq", RING + number * 16, BUFFERS + number * BUFFER_BYTES)
            self.ask("writeq", RING + number * 16 + 8, 0)
        for register, value in ((RDBAL, RING), (RDBAH, 0), (RDLEN, DESCRIPTORS * 16), (RDH, 0), (RDT, 0)):
            self.write(register, value)
        self.write(RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE | receive_control)

    def ask(self, what, address, *value):
        self.lines.write(" ".join([what, *map(hex, (address, *value))]) + "\n")
        self.lines.flush()
        while (answer := self.lines.readline()) and not answer.startswith("OK"):
            pass
        if not answer:
            sys.exit("QEMU has ended")
        return int(answer.split()[1], 16) if len(answer.split()) > 1 else None

    def configure(self, offset, value, slot=3):
        self.ask("outl", 0xCF8, 1 << 31 | slot << 11 | offset)
        self.ask("outl", 0xCFC, value)

    def read(self, register):
        return self.ask("readl", BAR + register)

    def write(self, register, value):
        self.ask("writel", BAR + register, value)

    def give(self, tail):
        """The device may use the descriptors before this one."""
        self.write(RDT, tail)
        time.sleep(0.3)

    def send(self, payload_bytes):
        """Puts a frame on the wire; False: the wire takes no more."""
        try:
            self.wire.send(bytes.fromhex("01005e000001 020000000001 88b5") + bytes(payload_bytes))
        except BlockingIOError:
            return False
        return True

    def received(self):
        """(bytes, whether the frame ends here) for each descriptor that the device has written."""
        words = (self.ask("readq", RING + number * 16 + 8) for number in range(DESCRIPTORS))
        return [(word & 0xFFFF, bool(word >> 32 & END_OF_PACKET)) for word in words if word >> 32 & DONE]

    def end(self):
        self.qemu.terminate()
        self.qemu.wait()
