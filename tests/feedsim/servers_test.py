#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""servers_test.py FEEDSIM: the recovery servers of the program, as another implementation sees them. Every message that
was sent can be asked for again although the lines lost a third of them, and no more than the quota; a snapshot joins
where the feed stands, for those who know the password; and the summary counts the same."""
import json
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any

PACKETS = 300
MESSAGES = 2 * PACKETS
QUOTA = MESSAGES + 100
SESSION = b"RXLAB00001"
failures = 0


def check(right: bool, claim: str) -> None:
    global failures
    if not right:
        print(f"FAILED: {claim}")
        failures += 1


def free_ports() -> tuple[int, int]:
    """UDP and TCP, which nobody uses just now."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        for each in (udp, tcp):
            each.bind(("127.0.0.1", 0))
        return udp.getsockname()[1], tcp.getsockname()[1]


def connect(port: int) -> socket.socket:
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            time.sleep(0.02)
    sys.exit("FAILED: no snapshot server after 4 s")


def log_in(port: int, password: bytes, session: bytes) -> bytes:
    """All that the snapshot server answers to a login."""
    with connect(port) as client:
        time.sleep(0.1)
        login = b"%-6s%-10s%10s%20d" % (b"python", password, session, 1)
        client.sendall(struct.pack(">Hc", 1 + len(login), b"L") + login)
        with client.makefile("rb") as stream:
            return stream.read()


def soup_packets(stream: bytes) -> list[tuple[bytes, bytes]]:
    """Type and content of each."""
    packets = []
    while len(stream) >= 3:
        end = 2 + int.from_bytes(stream[:2], "big")
        packets.append((stream[2:3], stream[3:end]))
        stream = stream[end:]
    check(not stream, "the stream ends with a whole packet")
    return packets


def snapshot(port: int) -> str:
    """Taken while the feed is live; says what is in it."""
    got = soup_packets(log_in(port, b"secret", SESSION))
    check(got[:1] == [(b"A", b"%s%20d" % (SESSION, 1))], "the login is accepted")
    check(got[-1:] != [] and got[-1][0] == b"Z", "the session ends")
    join = next((int(found[1]) for _, content in got if (found := re.match(rb"G *(\d+)$", content))), 0)
    check(1 < join <= MESSAGES + 1, f"the snapshot says where to join: {join}")
    messages = [content[:1] for kind, content in got if kind == b"S"]
    check(messages.count(b"R") == 100 or join <= 101, "a directory for each symbol")
    return f"{messages.count(b'A') + messages.count(b'F')} orders in the snapshot, joined at {join}"


def ask(asker: socket.socket, sequence: int, patience_s: float) -> bytes:
    """The answer to a request for 100 messages; empty if none comes."""
    asker.settimeout(patience_s)
    try:
        asker.send(struct.pack(">10sQH", SESSION, sequence, 100))
        return asker.recv(2048)
    except OSError:
        return b""


def ask_for_everything(asker: socket.socket) -> int:
    """Everything again, in pieces, then until the quota is used up. How many requests the first took."""
    following = 1
    requests = 0
    while following < MESSAGES + 1 and requests < 2000:
        requests += 1
        if answer := ask(asker, following, 0.1):
            session, sequence, count = struct.unpack(">10sQH", answer[:20])
            right = session == SESSION and sequence == following and count > 0
            check(right, f"the answer to {following} is {session!r} {sequence} {count}")
            if not right:
                break
            following += count
    check(following == MESSAGES + 1, f"all messages could be had again (as far as {following})")
    for _ in range(200):
        if not ask(asker, 1, 1):
            break
    return requests


def check_summary(summary: dict[str, Any]) -> None:
    feed = summary["feeds"][0]
    check(feed["messages"] == MESSAGES, "what was meant to be sent is counted")
    lost = feed["lost_packets"]
    check(PACKETS * 0.04 < lost < PACKETS * 0.2, f"a ninth is lost on both lines: {lost}")
    for line in feed["lines"]:
        sent = line["packets"] + line["dropped_packets"] - line["duplicated_packets"]
        check(sent == PACKETS, f"line {line['line']} adds up")
    given = summary["rerequest"]
    check(given["messages"] == QUOTA, f"the quota is given and no more: {given['messages']}")
    check(given["over_quota"] >= 1, "what was asked for beyond the quota is counted")
    taken = summary["snapshot"]
    check(taken["completed"] == 1 and taken["complete"], "the summary counts the snapshot")
    check(taken["rejected"] == 2 and taken["unauthorized"] == 1, "the summary counts rejected logins")


def main(feedsim: str) -> None:
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("FAILED: nothing for 60 s"))
    signal.alarm(60)
    udp_port, tcp_port = free_ports()
    with tempfile.NamedTemporaryFile("w") as password:
        print("Secret", file=password, flush=True)
        program = subprocess.Popen(
            [feedsim, "--interface", "lo", "--group", "239.255.77.1:30001", "--line-b", "239.255.77.2:30001",
             "--ttl", "0", "--rate", "300", "--packets", str(PACKETS), "--messages-per-packet", "2", "--seed", "5",
             "--impair", "drop=33%", "--rerequest", f"127.0.0.1:{udp_port}", "--snapshot", f"127.0.0.1:{tcp_port}",
             "--snapshot-user", "python", "--snapshot-password-file", password.name, "--rerequest-quota", str(QUOTA),
             "--linger", "3", "--json", "-"], stdout=subprocess.PIPE)
        rejected = log_in(tcp_port, b"guess", SESSION)
        check(rejected == b"\0\2JA", "a wrong password is rejected")
        rejected = log_in(tcp_port, b"secret", b"RXLAB00009")
        check(rejected == b"\0\2JS", "a session that is not served is rejected")
        in_snapshot = snapshot(tcp_port)
        with socket.socket(type=socket.SOCK_DGRAM) as asker:
            asker.connect(("127.0.0.1", udp_port))
            requests = ask_for_everything(asker)
        said, _ = program.communicate()
    check(program.returncode == 0, f"feedsim ends well: {program.returncode}")
    check_summary(json.loads(said))
    print(f"{in_snapshot}, {requests} requests")
    sys.exit(failures > 0)


main(sys.argv[1])
