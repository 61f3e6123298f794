#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# dkms.sh KERNEL: DKMS really adds, builds, installs and removes the module, in a guest with this kernel. DKMS is the
# machine's own, or comes from its Debian package (fetched once, 50 kB), which is unpacked in the guest, not installed.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
vm=$RXLAB_SOURCE_DIR/testbed/vm
cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rxlab}/dkms
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fetch() {
    local new
    mkdir -p -- "${cache%/*}" && new=$(mktemp -d -- "$cache.XXXXXX") || return
    # shellcheck disable=SC2064 # this folder, too
    trap "rm -rf -- '$work' '$new'" EXIT
    (cd -- "$new" && apt-get download -q dkms >/dev/null 2>&1 && dpkg-deb -x ./*.deb root && rm -- ./*.deb) || return
    rm -rf -- "$cache" && mv -T -- "$new" "$cache"
}

if command -v dkms >/dev/null; then
    package=''
else
    [[ -x $cache/root/usr/sbin/dkms ]] || fetch || skip 'DKMS is neither installed nor can it be fetched: apt-get download dkms failed'
    package=$cache/root
fi
for program in lsb_release patch make; do # what it needs besides
    command -v "$program" >/dev/null || skip "DKMS needs $program: apt-get install lsb-release patch make"
done

"$vm/vm" run --kernel "$1" --timeout 1500 --memory 2048 --dmesg "$work/log" -- \
    bash "$RXLAB_SOURCE_DIR/tests/kernel/chardev/dkms_in_guest.sh" "$package"
status=$?
"$vm/kernel_log_check" "$work/log" || status=1
exit "$status"
