# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # used there
#
# What tests share that run rxbench on a veth pair: they skip where there can be none. Sets source_dir, and scratch, a
# folder that is removed at the end.
set -u
source_dir=${RXLAB_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
reason=$("$source_dir/testbed/veth/veth" check 2>&1) || {
    echo "skipped: $reason"
    exit 77
}
(($(nproc) >= 2)) || {
    echo "skipped: needs 2 CPUs"
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
