#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guest.sh [nightly]
set -u
exec "$RXLAB_SOURCE_DIR/testbed/vm/vm" run --cores 2 --timeout 230 -- \
    env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" bash "$RXLAB_SOURCE_DIR/tests/host/in_guest.sh" "$@"
