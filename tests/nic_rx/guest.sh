#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guest.sh [CLAIM…]: starts the guest of in_guest.sh, and pulls its cable, or a card, when it asks for that.
set -u
work=$(mktemp -d)
trap 'kill "$hand" 2>/dev/null; rm -rf "$work"' EXIT

mkdir "$work/share"
"$RXLAB_SOURCE_DIR/tests/testbed/nic/pull_cable.py" nic1 "$work/monitor" "$work/share" &
hand=$!
"$RXLAB_SOURCE_DIR/testbed/vm/vm" run --cores 2 --memory 2048 --timeout 560 --iommu --nic e1000e --nic e1000e \
    --device pcie-root-port,id=pair,chassis=10,addr=10.0 --device e1000e,bus=pair,addr=0.0,multifunction=on \
    --device e1000e,bus=pair,addr=0.1 --slot e1000e \
    --monitor "$work/monitor" --share-rw "$work/share" --env RXLAB_BINARY_DIR --dmesg "$work/dmesg" -- \
    env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" RXLAB_BINARY_DIR="$RXLAB_BINARY_DIR" \
    bash "$RXLAB_SOURCE_DIR/tests/nic_rx/in_guest.sh" "$work/share" "$@"
status=$?
"$RXLAB_SOURCE_DIR/testbed/vm/kernel_log_check" "$work/dmesg" || status=1
exit $status
