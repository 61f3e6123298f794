#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh BUILD PROGRAMS [CLAIM…]: the modules in one guest with the debug kernel, then a look at its log.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$vm/vm" run --kernel debug --memory 2048 --timeout 2400 --dmesg "$work/log" --iommu --append iommu=nopt --slot edu \
    --nic e1000e --nic e1000e -- bash "$here/in_guest.sh" "$@"
status=$?
((status == 0)) || echo "the run on the debug kernel ended with $status" >&2
"$vm/kernel_log_check" "$work/log" || status=1
((status == 0)) && echo "the debug kernel has nothing to say about the modules"
exit "$status"
