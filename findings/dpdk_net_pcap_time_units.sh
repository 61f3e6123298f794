#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: DPDK 22.11.11 (Debian 12), net_pcap.
# One would guess: a capture with nanoseconds keeps them on its way through net_pcap: as the time stamp of the
# packets that it delivers, and, as net_pcap writes captures with nanoseconds, in a copy made with rx_pcap and tx_pcap.
# What happens: the stamp of a received packet counts microseconds since 1970, whatever the file's unit; what
# follows them is cut off. (The API leaves the unit to the driver, and testpmd prints the bare number.) The copy,
# whose header does promise nanoseconds, has the time at which the packet was written. The recorded time is
# nowhere in it.
# Seen: 1700000000.123456789 in the file is "timestamp 1700000000123456"; in the copy it is the time of day.
# Source: https://doc.dpdk.org/guides-22.11/nics/pcap_ring.html; lib/mbuf/rte_mbuf_dyn.h (the unit is not
# normalised).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

version=22.11.11-0+deb12u1
mapfile -t parts < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "dpdk-dev=$version" 2>/dev/null | grep -E '^librte-[a-z0-9-]+$' | sort -u)
((${#parts[@]} > 0)) || skip "apt knows no dpdk-dev $version; run apt-get update"
parts+=(librte-net-pcap23) # a driver, which nothing depends on
pinned=("dpdk-dev=$version" "${parts[@]/%/=$version}")
libraries=(libnuma1 libelf1 libbsd0 libmd0 libpcap0.8 libdbus-1-3 libfdt1 libjansson4 libarchive13 libacl1 libbpf1
    libxdp1 zlib1g libibverbs1 libnl-3-200 libnl-route-3-200 libmnl0 libatomic1 libnettle8 liblz4-1 libxml2 libicu72
    libipsec-mb1 libssl3 libcap2)
unpack
unshare -rm true 2>/dev/null || skip "mount namespaces are not available here"

python3 - <<'PY'
import struct

from wire import mold

frame = mold(1, 0)
with open("in.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
    out.write(struct.pack("<IIII", 1700000000, 123456789, len(frame), len(frame)) + frame)
PY
plugins=$(find "$tmp/root" -type d -name 'pmds-*' | head -n 1)
mkdir empty
printf '$ dpdk-testpmd --vdev net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap -- --forward-mode=mac …; verbose 1, start\n'
{
    sleep 3
    printf 'set verbose 1\nstart\n'
    sleep 2
    printf 'stop\nquit\n'
} | unshare -rm bash -c '
    # A DPDK that is installed here must not be taken for the one that was unpacked.
    [[ ! -d $1 ]] || mount --bind "$2" "$1"
    shift 2
    exec "$@"' bash "/usr/lib/${plugins#"$tmp/root/usr/lib/"}" "$tmp/empty" env LD_LIBRARY_PATH="$libs" \
    XDG_RUNTIME_DIR="$tmp" "$tmp/root/usr/bin/dpdk-testpmd" --no-huge -m 256 --no-pci --no-telemetry --no-shconf \
    -d librte_bus_vdev.so.23 -d librte_mempool_ring.so.23 -d librte_net_pcap.so.23 \
    --vdev "net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap" -- -i --forward-mode=mac --total-num-mbufs=2048 \
    --no-flush-rx >testpmd 2>&1 || { tail -n 5 testpmd; changed "testpmd ends with an error"; }
grep -oE 'length=.*timestamp [0-9]+' testpmd || changed "testpmd prints no time stamp now"
python3 - <<'PY' || changed "the copy has the recorded time now, or other units"
import struct
import sys

with open("out.pcap", "rb") as file:
    magic, = struct.unpack("<I20x", file.read(24))
    second, rest, _, _ = struct.unpack("<IIII", file.read(16))
print(f"out.pcap: magic {magic:x}, time {second}.{rest:09}")
sys.exit(magic != 0xA1B23C4D or second == 1700000000)
PY
grep -q 'timestamp 1700000000123456 ' testpmd || changed "the time stamp is not in microseconds now"
