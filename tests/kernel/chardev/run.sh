#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh KERNEL BUILD CHARDEV_TEST driver|whole: the tests of the driver in one guest with this kernel, then a look at its
# log. whole: with what make says, and with poisoned memory (slub_debug); driver: the kernel as distributions run it.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
options=()
conditions=(fail-step slow-numbers) # under which the driver must hold: kernel/chardev/defects
[[ $4 != whole ]] || options=(--append 'slub_debug=FZPU,rxlab_record,kmalloc-*')

headers=$("$vm/kernels" "$1" | sed -n 's/^headers=//p') && [[ -n $headers ]] || exit 1
for condition in "${conditions[@]}"; do
    env -u MAKEFLAGS make -s -C "$RXLAB_SOURCE_DIR/kernel/chardev" KDIR="$headers" OUT="$work/$condition" \
        DEFECT="$condition" "$work/$condition/rxlab_chardev.ko" || exit 1
done

"$vm/vm" run --kernel "$1" --timeout 240 --dmesg "$work/log" "${options[@]}" -- \
    bash "$here/in_guest.sh" "$2" "$3" "$work" "$4"
status=$?
((status == 0)) || echo "the run on kernel $1 ended with $status" >&2
"$vm/kernel_log_check" "$work/log" || status=1
((status == 0)) && echo "kernel $1: all passed, and the kernel log is clean"
exit "$status"
