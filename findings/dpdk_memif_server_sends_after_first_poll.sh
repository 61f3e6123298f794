#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: DPDK 22.11.11 (Debian 12), net_memif.
# One would guess: once both ends report that the link is up, either may send, and what the other does not fetch waits
# in the ring (1,024 descriptors), as it does in the direction from client to server.
# What happens: the ring in which a server sends is filled with empty buffers by the client, and only in its receive
# burst. Until the client has polled once, the server's bursts send nothing, with the link up on both sides. A
# program that sends one message at its start and polls later (IGMP, ARP, a login) never gets it out.
# Seen: link up, 2 s of txonly at the server: 0 packets sent, all dropped. Then the client polls for a second: 129,056
# packets sent.
# Source: drivers/net/memif/rte_eth_memif.c (eth_memif_rx(): "refill", eth_memif_tx()).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

version=22.11.11-0+deb12u1
mapfile -t parts < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances "dpdk-dev=$version" 2>/dev/null | grep -E '^librte-[a-z0-9-]+$' | sort -u)
((${#parts[@]} > 0)) || skip "apt knows no dpdk-dev $version; run apt-get update"
parts+=(librte-net-memif23) # a driver, which nothing depends on
pinned=("dpdk-dev=$version" "${parts[@]/%/=$version}")
libraries=(libnuma1 libelf1 libbsd0 libmd0 libpcap0.8 libdbus-1-3 libfdt1 libjansson4 libarchive13 libacl1 libbpf1 libxdp1 zlib1g
    libibverbs1 libnl-3-200 libnl-route-3-200 libmnl0 libatomic1 libnettle8 liblz4-1 libxml2 libicu72 libipsec-mb1 libssl3 libcap2)
unpack

((EUID == 0)) || skip "needs root, to hide the drivers of a DPDK that is installed"
plugins=$(find "$tmp/root" -type d -name 'pmds-*' | head -n 1)
mkdir empty
testpmd() { # NAME ROLE: reads commands from NAME.in, writes NAME.out
    # A DPDK that is installed here must not be taken for the one that was unpacked.
    unshare -m bash -c '[[ ! -d $1 ]] || mount --bind "$2" "$1"; shift 2; exec "$@"' bash \
        "/usr/lib/${plugins#"$tmp/root/usr/lib/"}" "$tmp/empty" env LD_LIBRARY_PATH="$libs" \
        stdbuf -oL "$tmp/root/usr/bin/dpdk-testpmd" --no-huge -m 256 --no-pci --no-telemetry --no-shconf --single-file-segments \
        -d librte_bus_vdev.so.23 -d librte_mempool_ring.so.23 -d librte_net_memif.so.23 \
        --vdev "net_memif0,role=$2,socket=$tmp/memif.sock,socket-abstract=no" -- -i --total-num-mbufs=16384 --no-flush-rx --no-lsc-interrupt \
        <"$1.in" >"$1.out" 2>&1 &
}
for name in server client; do
    mkfifo "$name.in"
    testpmd "$name" "$name"
    # Kept open, or testpmd ends with the first command.
    if [[ $name == server ]]; then exec 3>server.in; else exec 4>client.in; fi
    sleep 2
done
trap 'printf "quit\n" >&3; printf "quit\n" >&4; wait; rm -rf "$tmp"' EXIT
tell() { # 3|4 COMMAND…
    local to=$1 each
    shift
    for each in "$@"; do printf '%s\n' "$each" >&"$to"; done
}
sent() { grep -oP 'TX-packets: \K[0-9]+' server.out | tail -n 1; } # of the run that was stopped last

tell 3 'show port info 0'
tell 4 'show port info 0'
sleep 0.5
[[ $(grep -c 'Link status: up' server.out client.out | grep -c ':[1-9]') == 2 ]] || changed "the link is not up on both sides"
tell 3 'set fwd txonly' start
sleep 2
tell 3 stop
sleep 0.5
echo "link up, client does not poll: $(sent) packets sent"
[[ $(sent) == 0 ]] || changed "the server can send before the client has polled"
tell 4 'set fwd rxonly' start
sleep 1
tell 3 start
sleep 1
tell 3 stop
sleep 0.5
echo "client polls: $(sent) packets sent"
(($(sent) > 0)) || changed "the server cannot send to a client that polls"
