#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: sockperf 3.7 (Debian 12), throughput test.
# One would guess: Mbps are millions of bits a second, as in the name of every link ("10 Gbps"), so the message
# rate times the message's size times 8 gives the Mbps that are printed on the next line.
# What happens: MBps are 1,048,576 bytes and Mbps are eight times that, 1,048,576 bits. The figure is 4.6% lower
# than the bits that were sent, before headers, which are not counted either. Held against the speed of a link,
# or against iperf3 (whose Mbits/sec are millions), 4.6% seem to be missing.
# Seen: 1,000 bytes and "Message Rate is 1932 [msg/sec]", which is 15.46 million bits a second; "BandWidth is
# 1.842 MBps (14.740 Mbps)".
# Source: https://github.com/Mellanox/sockperf/blob/sockperf_v2/src/client.cpp (the summary).
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=(sockperf=3.7-1)
libraries=(libstdc++6)
unpack
unshare -rn true 2>/dev/null || skip "network namespaces are not available here"

cat >try.sh <<'SH'
ip link set lo up
"$1" server -i 127.0.0.1 -p 11111 >server 2>&1 &
server=$!
sleep 2
"$1" throughput -i 127.0.0.1 -p 11111 --msg-size 1000 --mps 2000 --time 3 2>&1
kill "$server"
SH
out=$(LD_LIBRARY_PATH=$libs unshare -rn bash try.sh "$tmp/root/usr/bin/sockperf")
printf '$ sockperf throughput -i 127.0.0.1 -p 11111 --msg-size 1000 --mps 2000 --time 3\n'
grep Summary: <<<"$out" || changed "sockperf prints no summary now"
python3 - "$out" <<'PY' || changed "the bandwidth is not in units of 1,048,576 now"
import re
import sys

rate = int(re.search(r"Message Rate is (\d+)", sys.argv[1])[1])
mega_bytes, mega_bits = map(float, re.search(r"BandWidth is ([\d.]+) MBps \(([\d.]+) Mbps\)", sys.argv[1]).groups())
print(f"{rate} x 1000 bytes: {rate * 8000 / 10**6:.3f} million bits a second, {rate * 8000 / 2**20:.3f} times 2^20")
sys.exit(abs(mega_bits / (rate * 8000 / 2**20) - 1) > 0.005 or abs(mega_bytes * 8 / mega_bits - 1) > 0.005)
PY
