#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dkms.sh tree FOLDER FILE…   copies the files and dkms.conf into FOLDER, from which DKMS builds
# dkms.sh install FILE…       puts that tree into /usr/src, and lets DKMS build and install the module (root)
# dkms.sh remove              undoes install (root)
set -u
cd -- "${BASH_SOURCE[0]%/*}" || exit 1

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

from_conf() { sed -n "s/^$1=\"\(.*\)\"/\1/p" dkms.conf; }
name=$(from_conf PACKAGE_NAME) version=$(from_conf PACKAGE_VERSION)
source_tree=/usr/src/$name-$version

tree() { # FOLDER FILE…
    local folder=$1 file
    shift
    for file in "$@" dkms.conf; do
        install -D -m 644 -- "$file" "$folder/$file" || die "write $folder/$file: see above"
    done
}

need_dkms() { # what
    command -v dkms >/dev/null || die "make $1: DKMS is not installed: apt-get install dkms"
    ((EUID == 0)) || die "make $1: needs root: sudo make $1"
}

case ${1:-} in
    tree) tree "${@:2}" ;;
    install)
        need_dkms dkms-install
        tree "$source_tree" "${@:2}" && dkms add "$name/$version" && dkms install "$name/$version"
        ;;
    remove)
        need_dkms dkms-remove
        dkms remove "$name/$version" --all && rm -r -- "$source_tree"
        ;;
    *) die 'usage: dkms.sh tree FOLDER FILE…|install FILE…|remove' ;;
esac
