#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ask_metrics.py unix:PATH|ADDRESS:PORT|telemetry:PATH [COMMAND]: prints what a receiver's --metrics says, or DPDK's
telemetry socket of one to COMMAND."""
import socket
import sys


def read_all(connection: socket.socket) -> str:
    text = b""
    while part := connection.recv(65536):
        text += part
    return text.decode()


def http(address: str) -> str:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address.removeprefix("unix:"))
    else:
        host, port = address.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)))
    with connection:
        connection.settimeout(10)
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head, _, body = read_all(connection).partition("\r\n\r\n")
    if not head.startswith("HTTP/1.0 200 "):
        raise SystemExit(head)
    return body


def telemetry(path: str, command: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.recv(1024)  # who it is
        connection.send(command.encode())
        return connection.recv(65536).decode() + "\n"


where = sys.argv[1]
if where.startswith("telemetry:"):
    sys.stdout.write(telemetry(where.removeprefix("telemetry:"), sys.argv[2]))
else:
    sys.stdout.write(http(where))
