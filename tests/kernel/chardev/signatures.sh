#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# signatures.sh: what make load says on a kernel that takes signed modules only. In a guest, as root, and as the last
# thing there: once enforced, signatures are enforced until its end. Needs $build, the folder of the module.
# shellcheck disable=SC2154 # $build
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C

test_make_load_names_enforced_signatures() {
    echo Y >/sys/module/module/parameters/sig_enforce
    expect 2 make --no-print-directory -C "$RXLAB_SOURCE_DIR/kernel/chardev" OUT="$build" load
    expect_output '*load rxlab_chardev: *loads only signed modules (Secure Boot*./rxlab vm shell*'
    [[ ! -d /sys/module/rxlab_chardev ]] || fail 'loaded all the same'
}

run_claims
