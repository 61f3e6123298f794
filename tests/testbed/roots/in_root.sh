#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# in_root.sh SUITE: what is committed builds in that release, and its tests pass that need no guest.
set -u
skip() {
    echo "skipped: $*"
    exit 77
}
((EUID == 0)) || skip 'only root may test in a root'
command -v mmdebstrap >/dev/null || skip 'mmdebstrap is not installed (apt-get install mmdebstrap)'
git -C "$RXLAB_SOURCE_DIR" rev-parse --verify --quiet HEAD >/dev/null || skip "$RXLAB_SOURCE_DIR is no git clone"
exec "$RXLAB_SOURCE_DIR/rxlab" test --in "$1" --label '(unit|dpdk|slides)'
