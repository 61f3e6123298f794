#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cover.sh NEEDED… -- COMMAND…: as root, runs COMMAND where what an ordinary user of this machine may not read looks
# empty: /root, /etc/shadow, private keys. QEMU of an ordinary user cannot read these; that of root could, and with it
# everything that runs in its guest, which sees this machine's root file system. NEEDED files and folders stay, wherever
# they are. A mount namespace of its own holds the covers: nobody else sees them, and they go away with the last process.
set -euo pipefail

if [[ ${1:-} != --inside ]]; then
    exec unshare --mount --propagation private bash "$0" --inside "$@"
fi
shift
needed=()
while [[ $1 != -- ]]; do
    needed+=("$(realpath -- "$1")")
    shift
done
shift

private_places() {
    find /etc /home /root /srv /var -xdev -maxdepth 4 \
        \( -type d ! -perm -o=x -o -type f ! -perm -o=r \) -prune -print0 2>/dev/null
}

# Memory of this namespace: what is needed below a cover waits here, and one empty file covers all files.
stage=$(mktemp -d)
mount -t tmpfs -o mode=0755 rxlab-cover "$stage"
: >"$stage/empty"
chmod 0444 "$stage/empty"

# Nothing below may write into a needed folder, which is the real one: so what is in another needed one is left out, and
# all places to mount on are made while there is nothing but memory below the cover.
is_in_another() { # PATH
    local each
    for each in "${needed[@]}"; do
        [[ $1 == "$each"/* ]] && return
    done
    return 1
}

cover_folder() { # FOLDER
    local each i kept=()
    for each in "${needed[@]}"; do
        [[ $each/ == "$1"/* ]] || continue
        [[ $each != "$1" ]] || return 0 # all of it is needed
        ! is_in_another "$each" || continue
        if [[ -d $each ]]; then mkdir "$stage/${#kept[@]}"; else : >"$stage/${#kept[@]}"; fi
        mount --rbind "$each" "$stage/${#kept[@]}"
        kept+=("$each")
    done
    mount -t tmpfs -o mode=0755 rxlab-cover "$1"
    for i in "${!kept[@]}"; do
        if [[ -d $stage/$i ]]; then
            mkdir -p "${kept[i]}"
        else
            mkdir -p "$(dirname -- "${kept[i]}")"
            : >"${kept[i]}"
        fi
    done
    for i in "${!kept[@]}"; do
        mount --move "$stage/$i" "${kept[i]}"
        rmdir "$stage/$i" 2>/dev/null || rm "$stage/$i" # neither removes anything that is mounted on
    done
}

mapfile -d '' -t places < <(private_places)
for place in "${places[@]}"; do
    if [[ -d $place ]]; then
        cover_folder "$place"
    elif [[ " ${needed[*]} " != *" $place "* ]]; then
        mount --bind "$stage/empty" "$place"
    fi
done
umount --lazy "$stage"
rmdir "$stage"
exec "$@"
