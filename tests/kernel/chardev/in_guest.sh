#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh BUILD CHARDEV_TEST CONDITIONS driver|whole: runs as root in a guest. Loads the module that BUILD holds for its
# kernel, tests it through system calls, then tests loading and unloading themselves; CONDITIONS holds the modules that
# were built with DEFECT=fail-step and DEFECT=slow-numbers, each in a folder of that name. whole: what make says, too.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
build=$1/$(uname -r)
failing=$3/fail-step slow=$3/slow-numbers how=$4
export build failing slow
chardev_test=$2

part() { echo "--- $*, kernel $(uname -r), $SECONDS s"; }

part 'system calls'
status=0
busybox insmod "$build/rxlab_chardev.ko" || exit 1
"$chardev_test" || status=1
busybox rmmod rxlab_chardev || exit 1

part 'loading and unloading'
if [[ $how == driver ]]; then
    bash "$here/loading.sh" driver || status=1
else
    bash "$here/loading.sh" || status=1
    part 'signatures' # last: there is no way back
    bash "$here/signatures.sh" || status=1
fi
part 'end'
exit "$status"
