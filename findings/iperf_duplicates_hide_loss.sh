#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: iperf3 3.12 and iperf 2.1.8 (Debian 12), UDP.
# One would guess: "Lost" is the number of datagrams that never came. A network that also delivers some
# datagrams twice (two paths, a mirror port) changes nothing in that number.
# What happens: both count a gap in the numbers as lost, and take back one lost datagram for every datagram
# that comes with an old number, because it may be one that was overtaken. They do not notice that they have it
# already. So each duplicate hides one lost datagram, and loss that is matched by duplicates is reported as none.
# The only trace is the number of datagrams "received out-of-order", although none came out of order.
# Seen: every tenth datagram dropped: 30 of 300 lost, 10%. Every tenth dropped and another tenth sent twice: 0 lost.
# Source: https://github.com/esnet/iperf/issues/457 (why a lost datagram is taken back).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(iperf3=3.12-1+deb12u2 libiperf0=3.12-1+deb12u2 iperf=2.1.8+dfsg-1)
libraries=(libsctp1 libssl3)
unpack
unshare -rn true 2>/dev/null || skip "network namespaces are not available here"

# Between the client (to port 5201) and the server (port 5202): TCP as it is, and UDP in which each tenth of
# the test's datagrams (200 bytes) is dropped and, with the argument 2, another tenth is sent twice.
cat >relay.py <<'PY'
import socket
import sys
import threading

here, there = ("127.0.0.1", 5201), ("127.0.0.1", 5202)


def pump(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def tcp(listener):
    while True:
        client, server = listener.accept()[0], socket.create_connection(there)
        for pair in (client, server), (server, client):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def back():
    while True:
        try:
            to_client.sendto(to_server.recv(65536), client)
        except ConnectionRefusedError:  # iperf3 has closed its port between two tests
            pass


listener = socket.create_server(here)
threading.Thread(target=tcp, args=(listener,), daemon=True).start()
to_client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to_client.bind(here)
to_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
to_server.connect(there)
print("ready", flush=True)
data, client = to_client.recvfrom(65536)
threading.Thread(target=back, daemon=True).start()
seen = 0
while True:
    if len(data) == 200:
        seen += 1
    if len(data) != 200 or seen % 10 != 5:
        for _ in range(int(sys.argv[1]) if len(data) == 200 and seen % 10 == 8 else 1):
            to_server.send(data)
    data, client = to_client.recvfrom(65536)
PY
cat >try.sh <<'SH'
ip link set lo up
for program in iperf3 iperf; do
    for copies in 1 2; do
        python3 relay.py "$copies" >relayed 2>&1 &
        relay=$!
        if [[ $program == iperf3 ]]; then
            stdbuf -oL "$1/iperf3" -s -1 -p 5202 >server 2>&1 &
        else
            stdbuf -oL "$1/iperf" -s -u -p 5202 >server 2>&1 &
        fi
        server=$!
        until grep -q ready relayed && grep -q listening server; do sleep 0.2; done
        sleep 1
        echo "$program -u -l 200 -b 160000 -t 3; every tenth comes $copies times:" | tee "$program.$copies"
        "$1/$program" -c 127.0.0.1 -p 5201 -u -l 200 -b 160000 -t 3 >client 2>&1 || cat client
        sleep 1
        kill "$relay" "$server" 2>/dev/null
        wait
        if [[ $program == iperf3 ]]; then
            grep -hE 'out-of-order|receiver$' client server | sort -u
        else
            grep -hE 'out-of-order|[0-9]%\)' server | sort -u
        fi | tee -a "$program.$copies"
    done
done
SH
LD_LIBRARY_PATH=$libs unshare -rn bash try.sh "$tmp/root/usr/bin"
percent() { grep -oP '\([0-9.e+-]+%\)' "$1" | head -n 1; }
for program in iperf3 iperf; do
    [[ $(percent "$program.1") =~ ^\((9\.[0-9]+|10)%\)$ ]] || changed "$program does not report the loss itself"
    [[ $(percent "$program.2") =~ ^\(0(\.[0-9]+)?%\)$ ]] ||
        changed "$program now reports $(percent "$program.2") with duplicates"
    grep -q 'out-of-order' "$program.2" || changed "$program does not report duplicates as out of order now"
done
