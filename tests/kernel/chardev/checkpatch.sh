#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# checkpatch.sh: the kernel's own style checker has nothing to say about the driver. It comes from Debian's
# linux-source-6.1 (140 MB, fetched once; three small files of it are kept in the cache folder).
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rxlab}/checkpatch
source=$RXLAB_SOURCE_DIR/kernel/chardev

fetch() {
    local new
    new=$(mktemp -d -- "$cache.XXXXXX") || return
    # shellcheck disable=SC2064 # this folder
    trap "rm -rf -- '$new'" EXIT
    (cd -- "$new" && apt-get download -q linux-source-6.1 >/dev/null 2>&1 &&
        dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz |
        tar -xJ --strip-components=2 --wildcards '*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
            '*/scripts/const_structs.checkpatch' && rm -f -- ./*.deb) || return
    rm -rf -- "$cache" && mv -T -- "$new" "$cache"
}

if [[ ! -x $cache/checkpatch.pl ]]; then
    mkdir -p -- "${cache%/*}"
    fetch || skip "checkpatch.pl cannot be fetched: apt-get download linux-source-6.1 failed"
fi

failed=0
cd -- "$source" || exit 1
for file in *.[ch] probes/*.c uapi/rxlab/*.h; do
    said=$(perl "$cache/checkpatch.pl" --no-tree --strict --terse --show-types -f "$file" 2>&1) ||
        { printf '%s\n' "$said"; failed=1; }
done
((failed)) || echo 'checkpatch --strict has nothing to say'
exit "$failed"
