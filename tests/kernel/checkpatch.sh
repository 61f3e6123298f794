#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# checkpatch.sh MODULE: the kernel's own style checker has nothing to say about the driver. It comes from Debian's
# linux-source-6.12, whatever release this machine runs: 6.1's says things of its own under newer perls. 150 MB, fetched
# once; three small files of it are kept in the cache folder.
# shellcheck source=../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
bed=$RXLAB_SOURCE_DIR/testbed/vm
source=$RXLAB_SOURCE_DIR/kernel/$1
series=6.12
suite=trixie

# shellcheck source=../../testbed/vm/cache.sh
. "$bed/cache.sh"
# shellcheck source=../../testbed/vm/archive.sh
. "$bed/archive.sh"
cache=$cache_dir/checkpatch/$series

fetch() {
    local new mirror
    new=$(mktemp -d -- "$cache.XXXXXX") || return
    # shellcheck disable=SC2064 # this folder
    trap "rm -rf -- '$new'" EXIT
    find_mirror
    write_apt_conf "$new/apt" "$suite" || return
    local -x APT_CONFIG=$new/apt/apt.conf
    (cd -- "$new" && {
        apt_get update -q && apt_get download -q "linux-source-$series"
    } >"$new/apt/log" 2>&1 &&
        dpkg-deb --fsys-tarfile ./*.deb | tar -xO "./usr/src/linux-source-$series.tar.xz" |
        tar -xJ --strip-components=2 --wildcards '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
            '*/scripts/const_structs.checkpatch' && rm -f -- ./*.deb) || return
    rm -rf -- "$new/apt" "$cache" && mv -T -- "$new" "$cache"
}

if [[ ! -x $cache/checkpatch.pl ]]; then
    command -v apt-get >/dev/null || skip 'checkpatch.pl cannot be fetched: no apt-get here'
    mkdir -p -- "${cache%/*}"
    fetch || skip "checkpatch.pl cannot be fetched: linux-source-$series of $suite did not come; is there a network?"
fi

mapfile -t files < <(find "$source" -path "$source/build" -prune -o -name '*.[ch]' -print)
((${#files[@]} > 0)) || { echo "no sources in $source" && exit 1; }
failed=0
work=$(mktemp -d) && cd -- "$work" || exit 1 # checkpatch leaves a file where it runs
trap 'rm -rf -- "$work"' EXIT
for file in "${files[@]}"; do
    perl "$cache/checkpatch.pl" --no-tree --strict --terse --show-types -f "$file" 2>&1 || failed=1
done
((failed)) || echo 'checkpatch --strict has nothing to say'
exit "$failed"
