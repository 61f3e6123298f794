#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""send_segments.py ADDRESS PACKETS SEGMENTS MESSAGE-BYTES: sends MoldUDP64 packets of one message each to
239.10.0.1:31000 from ADDRESS, SEGMENTS of them in one write (UDP_SEGMENT; 1: one a write), then ends the session."""
import socket
import struct
import sys
import time

UDP_SEGMENT = 103
address, packets, segments, message_bytes = sys.argv[1], *map(int, sys.argv[2:])
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))


def mold(sequence: int) -> bytes:
    message = b'?' * message_bytes
    return b'RXLAB00001' + struct.pack('>QHH', sequence, 1, len(message)) + message


if segments > 1:
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(mold(1)))
for first in range(1, packets + 1, segments):
    write = b''.join(mold(i) for i in range(first, min(first + segments, packets + 1)))
    sender.sendto(write, ('239.10.0.1', 31000))
    time.sleep(0.0005)
sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
for _ in range(3):
    sender.sendto(b'RXLAB00001' + struct.pack('>QH', packets + 1, 0xffff), ('239.10.0.1', 31000))
    time.sleep(0.02)
