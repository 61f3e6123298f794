#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# blocks.sh PROGRAMS: types the blocks that are marked ```sh runnable, page by page and in their order, into a shell of a
# copy of this clone, in which build/release/bin is PROGRAMS. Any command that fails fails the page.
set -u
programs=$1
source=$RXLAB_SOURCE_DIR
work=$(mktemp -d)
chmod 755 "$work"
trap 'cd / && RXLAB_BED=docs "$source/testbed/veth/veth" down >/dev/null 2>&1; rm -rf "$work"' EXIT
export RXLAB_BED=docs

"$source/testbed/veth/veth" check >/dev/null || { echo "skipped: $("$source/testbed/veth/veth" check 2>&1)"; exit 77; }
mkdir -p "$work/clone/build/release"
tar -C "$source" -cf - --exclude=./build --exclude=./results --exclude=./.git --exclude=node_modules . | tar -C "$work/clone" -xf -
ln -s "$programs" "$work/clone/build/release/bin"

# The guides' receivers lost packets: on a busy machine they do, and the page says so.
lost_packets() { grep -hE '^drops: (socket|imissed) [1-9]|^ +0 +239[^ ]* +[^ ]+ +[0-9]+ +[0-9]+ +[1-9]' "$work"/clone/build/*_rx.txt 2>/dev/null | grep -q .; }

# One page's blocks, typed again where packets were lost.
type_page() { # LOG
    local attempt
    for attempt in 1 2 3; do
        (cd "$work/clone" && timeout 100 bash -euo pipefail -x "$work/script") >"$1" 2>&1 || return 1
        lost_packets || return 0
        echo "        ${page##*/}: attempt $attempt lost packets"
    done
}

failed=0 count=0
for page in "$source"/docs/*.md; do
    awk '/^```/ { inside = /^```sh runnable$/; if (inside) print "# block " ++n; next } inside' "$page" >"$work/script"
    blocks=$(grep -c '^# block ' "$work/script")
    ((blocks > 0)) || continue
    count=$((count + blocks))
    if type_page "$work/log"; then
        echo "ok      ${page##*/}: $blocks blocks"
        [[ ! -e $work/clone/build/kernel_rx.txt ]] || cp "$work/clone/build"/{kernel,dpdk}_rx.txt "$work"
    else
        echo "FAILED  ${page##*/}"
        tail -n 15 "$work/log"
        failed=1
    fi
done
# The page promises that one feed gives one digest, whichever way it comes.
digests=$(sed -n 's/^digest: //p' "$work/kernel_rx.txt" "$work/dpdk_rx.txt" 2>/dev/null | sort -u | wc -l)
[[ $digests == 1 ]] || { echo "the learning path's receivers end with $digests different digests"; failed=1; }
echo "$count blocks run"
((count > 4 && failed == 0))
