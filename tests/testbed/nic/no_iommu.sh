#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Without an IOMMU a port is bound only by somebody who says so; the mode ends with the last port. Run on the host, it
# starts itself in a guest that has no IOMMU.
. "$(dirname -- "${BASH_SOURCE[0]}")/../../claims.sh"
self=$(readlink -f -- "${BASH_SOURCE[0]}")
if [[ ${1:-} != in-guest ]]; then
    exec "$RXLAB_SOURCE_DIR/testbed/vm/vm" run --cores 2 --timeout 200 --nic e1000e -- \
        env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" RXLAB_BINARY_DIR="$RXLAB_BINARY_DIR" bash "$self" in-guest
fi
nic=$RXLAB_SOURCE_DIR/testbed/nic/nic
mode=/sys/module/vfio/parameters/enable_unsafe_noiommu_mode
port=$(basename "$(readlink -f /sys/class/net/eth0/device)")

test_no_iommu_mode_is_entered_by_request_and_left_with_the_last_port() {
    expect 1 "$nic" bind eth0
    expect_output "nic: bind $port: it has no IOMMU group.*--no-iommu"
    modprobe vfio
    if [[ ! -e $mode ]]; then # Debian's kernels
        expect 1 "$nic" bind --no-iommu eth0
        expect_output 'nic: use no-IOMMU mode: this kernel was built without it (CONFIG_VFIO_NOIOMMU)'
        [[ -e /sys/class/net/eth0 ]] || fail "the port was taken all the same"
        return
    fi
    expect 0 "$nic" bind --no-iommu eth0
    [[ $output == *DANGER* && $(cat "$mode") == Y ]] || fail "$output"
    output=$("$RXLAB_SOURCE_DIR/host/doctor" iommu) || :
    expect_output 'lacks *iommu*off or not there*'
    output=$("$RXLAB_SOURCE_DIR/host/doctor" vfio) || :
    expect_output 'note *no-IOMMU mode*'
    echo 160 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    "$RXLAB_BINARY_DIR/bin/dpdk_rx" --allow "$port" --in-memory --no-telemetry -- --group 239.1.1.1:30001 --orders 1000 \
        --levels 1000 >/run/log 2>&1 &
    local receiver=$!
    eventually 60 grep -q '^ready: ' /run/log
    kill -TERM "$receiver"
    wait "$receiver" || fail "dpdk_rx: $(cat /run/log)"
    expect 0 "$nic" unbind "$port"
    [[ $(cat "$mode") == N && -e /sys/class/net/eth0 ]] || fail "mode $(cat "$mode")"
}

run_claims
