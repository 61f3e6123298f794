#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh BUILD CHARDEV_TEST: runs as root in a guest. Loads the module that BUILD holds for its kernel, tests it
# through system calls, then tests loading and unloading themselves.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
build=$1/$(uname -r)
export build
chardev_test=$2

echo "--- system calls, kernel $(uname -r)"
status=0
busybox insmod "$build/rxlab_chardev.ko" || exit 1
"$chardev_test" || status=1
busybox rmmod rxlab_chardev || exit 1

echo "--- loading and unloading, kernel $(uname -r)"
bash "$here/loading.sh" || status=1
exit "$status"
