#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh KERNEL BUILD CHARDEV_TEST: the tests of the driver in a guest with this kernel, then a look at its log.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

"$vm/vm" run --kernel "$1" --timeout 240 --dmesg "$log" -- bash "$here/in_guest.sh" "$2" "$3"
status=$?
((status == 0)) || echo "the run on kernel $1 ended with $status" >&2
"$vm/kernel_log_check" "$log" || status=1
((status == 0)) && echo "kernel $1: all passed, and the kernel log is clean"
exit "$status"
