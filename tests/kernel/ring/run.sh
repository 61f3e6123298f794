#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh KERNEL BUILD RING_TEST BIN: the tests of the ring in one guest with this kernel, then a look at its log. BIN: the
# folder of feedsim and ring_rx.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$vm/vm" run --kernel "$1" --timeout 240 --dmesg "$work/log" -- bash "$here/in_guest.sh" "$2" "$3" "$4"
status=$?
((status == 0)) || echo "the run on kernel $1 ended with $status" >&2
"$vm/kernel_log_check" "$work/log" || status=1
((status == 0)) && echo "kernel $1: all passed, and the kernel log is clean"
exit "$status"
