#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh BUILD CHARDEV_TEST FAILING driver|whole: runs as root in a guest. Loads the module that BUILD holds for its kernel,
# tests it through system calls, then tests loading and unloading themselves; FAILING is the folder of the module whose
# memory runs out when it is told to (DEFECT=fail-step). whole: what make says, too.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
build=$1/$(uname -r)
failing=$3 how=$4
export build failing
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
