#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux, PACKET_FANOUT with a program that chooses the member (PACKET_FANOUT_CBPF). The kernel is that of
# the host; python3-minimal 3.11.2 (Debian 12) makes the calls.
# One would guess: the number that the program returns is that of the socket which joined the fanout group in that
# place, for as long as the sockets are open.
# What happens: when the interface is set down, every socket leaves its group, and when it is set up, they come back in
# the order in which they were *opened*. If they had joined in another order (threads that open their sockets at the
# same time do), frames go to another member from then on. No counter and no error shows it.
# Seen on 6.18.44: opened as A, B and joined as B, A, a program that returns 0 gives 5 of 5 frames to B; after
# ip link set down, up it gives 5 of 5 to A.
# Source: packet_notifier() (NETDEV_DOWN, NETDEV_UP), __fanout_link() in net/packet/af_packet.c; packet(7).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

((EUID == 0)) || skip "needs root, for network namespaces and packet sockets"
command -v ip >/dev/null || skip "needs iproute2"
pinned=("${python_3_11_2[@]}")
libraries=("${python_libraries[@]}")
unpack

name=rxfind$$
ip netns add "$name" || skip "network namespaces are not available here"
trap 'ip netns del "$name"; rm -rf "$tmp"' EXIT
ip -n "$name" link add tx0 type veth peer name rx0
ip -n "$name" link set tx0 up
ip -n "$name" link set rx0 up

cat >fanout.py <<'PY'
import ctypes
import socket
import struct
import subprocess
import time

SOL_PACKET, PACKET_FANOUT, PACKET_FANOUT_DATA, CBPF = 263, 18, 22, 6
RETURN_0 = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))

def opened():
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)

def join(member):
    member.bind(("rx0", 0x88b5))
    member.setsockopt(SOL_PACKET, PACKET_FANOUT, struct.pack("I", 7 | CBPF << 16))
    member.setblocking(False)

def frames(member):
    count = 0
    try:
        while member.recv(100):
            count += 1
    except BlockingIOError:
        return count

def send():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind(("tx0", 0))
        for _ in range(5):
            sender.send(bytes.fromhex("ffffffffffff 020000000001 88b5") + bytes(46))
    time.sleep(0.2)

a, b = opened(), opened()
join(b)
join(a)
b.setsockopt(SOL_PACKET, PACKET_FANOUT_DATA, struct.pack("HP", 1, ctypes.addressof(RETURN_0)))
send()
print("joined as B, A: A has", frames(a), "B has", frames(b))
for state in "down", "up":
    subprocess.run(["ip", "link", "set", "rx0", state], check=True)
time.sleep(0.5)
try:
    a.recv(1)
except OSError:
    pass  # "Network is down", told once
try:
    b.recv(1)
except OSError:
    pass
send()
print("after down and up: A has", frames(a), "B has", frames(b))
PY
uname -r
PYTHONHOME=$tmp/root/usr LD_LIBRARY_PATH=$libs ip netns exec "$name" "$tmp/root/usr/bin/python3.11" fanout.py >seen || changed "the calls fail now"
cat seen
grep -q 'joined as B, A: A has 0 B has 5' seen || changed "the program's 0 is not the socket that joined first"
grep -q 'after down and up: A has 5 B has 0' seen || changed "members keep their places now"
