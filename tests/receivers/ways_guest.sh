#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ways_guest.sh KERNEL [PART…]: every way into user space in a guest with another kernel: ways_in_guest.sh.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Two cards on one wire. AF_XDP has zero-copy on the first, because its driver asks the kernel for DMA addresses.
"$RXLAB_SOURCE_DIR/testbed/vm/vm" run --kernel "$1" --cores 2 --memory 2048 --timeout 1100 --dmesg "$work/dmesg" \
    --nic virtio-net-pci,disable-legacy=on,iommu_platform=on --nic virtio-net-pci -- \
    env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" RXLAB_BINARY_DIR="$RXLAB_BINARY_DIR" \
    bash "$RXLAB_SOURCE_DIR/tests/receivers/ways_in_guest.sh" "${@:2}"
status=$?
"$RXLAB_SOURCE_DIR/testbed/vm/kernel_log_check" "$work/dmesg" || status=1
exit $status
