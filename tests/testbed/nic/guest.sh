#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guest.sh [nightly|CLAIM…]: starts the guest of in_guest.sh, and pulls its cable when it asks for that.
set -u
work=$(mktemp -d)
trap 'kill "$hand" 2>/dev/null; rm -rf "$work"' EXIT

mkdir "$work/share"
"$RXLAB_SOURCE_DIR/tests/testbed/nic/pull_cable.py" nic2 "$work/monitor" "$work/share" &
hand=$!
"$RXLAB_SOURCE_DIR/testbed/vm/vm" run --cores 2 --memory 2048 --timeout 560 --iommu --nic e1000e --nic e1000e --nic virtio-net-pci \
    --device pcie-pci-bridge,id=bridge --device e1000,bus=bridge,addr=1 --device e1000,bus=bridge,addr=2 \
    --monitor "$work/monitor" --share-rw "$work/share" --env RXLAB_BINARY_DIR --dmesg "$work/dmesg" -- \
    env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" RXLAB_BINARY_DIR="$RXLAB_BINARY_DIR" \
    bash "$RXLAB_SOURCE_DIR/tests/testbed/nic/in_guest.sh" "$work/share" "$@"
status=$?
"$RXLAB_SOURCE_DIR/testbed/vm/kernel_log_check" "$work/dmesg" || status=1
exit $status
