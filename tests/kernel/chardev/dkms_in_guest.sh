#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# dkms_in_guest.sh PACKAGE: runs as root in a guest; PACKAGE is the folder of an unpacked DKMS, or empty. What it writes
# (the module among the kernel's, DKMS's own state) goes with the guest.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
[[ -z $1 ]] || cp -a "$1/." /
source=$RXLAB_SOURCE_DIR/kernel/chardev
release=$(uname -r)
tree=/usr/src/rxlab_chardev-0.1.0
by_make() { make --no-print-directory -C "$source" OUT=/run/out "$@"; }
installed() { find "/lib/modules/$release/" -path '*dkms*' -name 'rxlab_chardev.ko*'; }

# One claim: each step needs the one before it, and building takes an emulated machine a minute.
test_dkms_adds_builds_installs_and_removes_the_module() {
    expect 0 by_make dkms-install
    echo "$output"
    [[ -e $tree/dkms.conf && -e $tree/uapi/rxlab/chardev.h ]] || fail "no source tree: $(find "$tree")"
    expect 0 dkms status
    expect_output "rxlab_chardev/0.1.0, $release, x86_64: installed"
    [[ -n $(installed) ]] || fail 'no module below updates/dkms'
    # By name: depmod has seen it.
    expect 0 modprobe rxlab_chardev devices=1
    [[ $(modinfo -n rxlab_chardev) == *dkms* ]] || fail "another module: $(modinfo -n rxlab_chardev)"
    echo through >/dev/rxlab0
    [[ $(head -n 1 /dev/rxlab0) == through ]] || fail 'no record came through'
    rmmod rxlab_chardev
    expect 0 by_make dkms-remove
    expect 0 dkms status
    expect_output ''
    [[ -z $(installed) && ! -e $tree ]] || fail "left: $(installed) $(ls -d "$tree")"
    ! modprobe -q rxlab_chardev || fail 'it can still be loaded'
}

run_claims
