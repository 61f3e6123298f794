#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""xdp_detach.py INTERFACE: takes the XDP program off the interface that a BPF link holds, as `bpftool link detach` does;
the link's owner keeps its descriptor, and nothing else tells him. Needs root."""
import ctypes
import os
import socket
import struct
import sys

SYS_BPF, BPF_OBJ_GET_INFO_BY_FD, BPF_LINK_GET_FD_BY_ID, BPF_LINK_GET_NEXT_ID, BPF_LINK_DETACH = 321, 15, 30, 31, 34
BPF_LINK_TYPE_XDP = 6
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command: int, attributes: bytes) -> tuple[int, bytes]:
    buffer = ctypes.create_string_buffer(attributes, 128)
    return libc.syscall(SYS_BPF, command, buffer, 128), buffer.raw


index = socket.if_nametoindex(sys.argv[1])
link = 0
while True:
    result, answer = bpf(BPF_LINK_GET_NEXT_ID, struct.pack('<II', link, 0))
    if result < 0:
        sys.exit(f'no link holds a program on {sys.argv[1]}')
    link = struct.unpack_from('<I', answer, 4)[0]
    fd, _ = bpf(BPF_LINK_GET_FD_BY_ID, struct.pack('<I', link))
    if fd < 0:
        continue
    info = ctypes.create_string_buffer(256)
    bpf(BPF_OBJ_GET_INFO_BY_FD, struct.pack('<IIQ', fd, 256, ctypes.addressof(info)))
    kind, _, _, _, interface = struct.unpack_from('<IIIII', info)
    if kind == BPF_LINK_TYPE_XDP and interface == index:
        break
    os.close(fd)
if bpf(BPF_LINK_DETACH, struct.pack('<I', fd))[0] < 0:
    sys.exit('detach: ' + os.strerror(ctypes.get_errno()))
