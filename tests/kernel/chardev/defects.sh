#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# defects.sh KERNEL BUILD CHARDEV_TEST: builds the driver with each defect that `make DEFECT=…` knows, and sees to it
# that the tests notice: a check that cannot fail is none. BUILD/<release> holds the module without any.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
headers=$("$vm/kernels" "$1" | sed -n 's/^headers=//p') && [[ -n $headers ]] || exit 1

release=$("$vm/kernels" "$1" | sed -n 's/^release=//p')
ln -s "$2/$release" "$folder/none" || exit 1
for defect in sleep-under-lock leak-record leak-opener lose-wake-up touch-freed; do
    env -u MAKEFLAGS make -s -C "$RXLAB_SOURCE_DIR/kernel/chardev" KDIR="$headers" OUT="$folder/$defect" \
        DEFECT="$defect" "$folder/$defect/rxlab_chardev.ko" || exit 1
done
cd -- "$folder" && "$vm/vm" run --kernel "$1" --timeout 180 --append slub_debug=FZPU,rxlab_record,kmalloc-* -- \
    bash "$here/defects_in_guest.sh" "$folder" "$3"
