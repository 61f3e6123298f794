# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # pinned and libraries are the script's
#
# What the findings share: a temporary folder, and exact versions of Debian 12's packages, unpacked there. A script
# names the software that it is about in `pinned` and the libraries of that software in `libraries`, and calls unpack.
set -euo pipefail

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'echo "CHANGED: a step failed that used to work"' ERR
cd "$tmp"

skip() { printf 'SKIP: %s\n' "$1"; exit 77; }
changed() { printf 'CHANGED: %s\n' "$1"; exit 1; }
# run NAME ARGS...: prints the command, then runs the unpacked program with its unpacked libraries.
run() {
    printf '$ %s\n' "$*"
    HOME=$tmp LC_ALL=C TZ=UTC LD_LIBRARY_PATH=$libs "$tmp/root/usr/bin/$1" "${@:2}" 2>&1
}
# Takes the libraries as Debian 12 has them today, because security updates remove exact versions.
unpack() {
    local deb
    command -v python3 >/dev/null || skip "python3 is needed to make the input"
    apt-get download -o APT::Sandbox::User=root "${pinned[@]}" "${libraries[@]}" >apt.log 2>&1 ||
        skip "not on the Debian mirror any more: ${pinned[*]}"
    for deb in ./*.deb; do
        dpkg -x "$deb" root
    done
    libs=$(find "$tmp/root" -type d -name '*-linux-gnu' | paste -sd:)
}
