#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh BUILD PROGRAMS [CLAIM…]: the modules in one guest with the debug kernel, then a look at its log.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
kept=${RXLAB_BINARY_DIR:-/tmp}/modules_on_debug.log

"$vm/vm" run --kernel debug --memory 2048 --timeout 3400 --dmesg "$work/log" --iommu --append iommu=nopt --slot edu \
    --nic e1000e --nic e1000e -- bash "$here/in_guest.sh" "$@"
status=$?
((status == 0)) || echo "the run on the debug kernel ended with $status" >&2
python3 "$here/known.py" <"$work/log" >"$work/rest" && "$vm/kernel_log_check" "$work/rest" || status=1
((status == 0)) || { cp -- "$work/log" "$kept" 2>/dev/null && echo "the kernel's log: $kept" >&2; }
((status == 0)) && echo "the debug kernel has nothing to say about the modules"
exit "$status"
