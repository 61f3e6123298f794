#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: DPDK 22.11.11 (Debian 12), net_af_packet with two queues.
# One would guess: with qpairs=2 the kernel spreads flows by their hash, so the packets of one flow stay
# in one queue, in order, and a queue whose ring is full drops what follows, as a NIC does.
# What happens: the driver joins the fanout group with PACKET_FANOUT_FLAG_ROLLOVER. When the ring of the
# flow's queue is full, the kernel puts packets of the flow into the other queue's ring, so they overtake.
# (24.11.8 does the same, and so does 25.11.4, also with its new fanout_mode=hash.)
# Seen: of 6,000 packets of one flow that come while nobody polls, one queue keeps 512; two queues keep 896,
# 512 in one and 384 in the other.
# Source: drivers/net/af_packet/rte_eth_af_packet.c (PACKET_FANOUT_FLAG_ROLLOVER); packet(7).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

((EUID == 0)) || skip "needs root, for network namespaces and packet sockets"
version=22.11.11-0+deb12u1
command -v ip >/dev/null || skip "needs iproute2"
mapfile -t parts < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "dpdk-dev=$version" 2>/dev/null | grep -E '^librte-[a-z0-9-]+$' | sort -u)
((${#parts[@]} > 0)) || skip "apt knows no dpdk-dev $version; run apt-get update"
parts+=(librte-net-af-packet23) # a driver, which nothing depends on
pinned=("dpdk-dev=$version" "${parts[@]/%/=$version}")
libraries=(libnuma1 libelf1 libbsd0 libmd0 libpcap0.8 libdbus-1-3 libfdt1 libjansson4 libarchive13 libacl1 libbpf1 libxdp1 zlib1g
    libibverbs1 libnl-3-200 libnl-route-3-200 libmnl0 libatomic1 libnettle8 liblz4-1 libxml2 libicu72 libipsec-mb1 libssl3 libcap2)
unpack

name=rxfind$$
ip netns add "$name" || skip "network namespaces are not available here"
trap 'ip netns del "$name"; rm -rf "$tmp"' EXIT
ip -n "$name" link add tx0 type veth peer name rx0
ip -n "$name" link set tx0 up
ip -n "$name" link set rx0 up
ip -n "$name" address add 192.0.2.1/24 dev tx0

# Sends 6,000 datagrams of one flow while testpmd has its port open and does not poll; then lets it poll.
kept() { # QPAIRS: testpmd's account
    {
        sleep 3
        ip netns exec "$name" python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.1"))
for _ in range(6000):
    s.sendto(bytes(64), ("239.1.1.1", 30000))'
        printf 'start\n'
        sleep 2
        printf 'show fwd stats all\nstop\nquit\n'
    } | ip netns exec "$name" bash -c '
        # A DPDK that is installed here must not be taken for the one that was unpacked.
        [[ ! -d $1 ]] || mount --bind "$2" "$1"
        shift 2
        exec "$@"' bash "/usr/lib/${plugins#"$tmp/root/usr/lib/"}" "$tmp/empty" env LD_LIBRARY_PATH="$libs" \
        "$tmp/root/usr/bin/dpdk-testpmd" --no-huge -m 512 --no-pci --no-telemetry --no-shconf \
        -d librte_bus_vdev.so.23 -d librte_mempool_ring.so.23 -d librte_net_af_packet.so.23 \
        --vdev "net_af_packet0,iface=rx0,qpairs=$1" -- -i --forward-mode=rxonly --total-num-mbufs=16384 \
        --rxq="$1" --txq="$1" --no-flush-rx 2>&1
}
mkdir empty
plugins=$(find "$tmp/root" -type d -name 'pmds-*' | head -n 1)
for queues in 1 2; do
    printf '$ dpdk-testpmd --vdev net_af_packet0,iface=rx0,qpairs=%s -- --rxq=%s …; 6,000 packets of one flow, then start\n' \
        "$queues" "$queues"
    kept "$queues" >"account.$queues" || { tail -n 5 "account.$queues"; changed "testpmd ends with an error"; }
    grep -E 'RX-packets|RX Port= 0' "account.$queues" | sort -u
done
packets() { grep -m1 -oP 'RX-total: \K[0-9]+' "account.$1"; }
[[ $(packets 1) == 512 ]] || changed "one queue keeps $(packets 1) packets now, not 512"
(($(packets 2) > 512)) || changed "two queues keep $(packets 2) packets of one flow now: there is no rollover"
[[ $(grep -oE 'RX Port= 0/Queue= [01]' account.2 | sort -u | wc -l) == 2 ]] || changed "one flow stays in one queue now"
