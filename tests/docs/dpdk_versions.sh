#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/reference/dpdk-versions.md is what docs/dpdk-versions makes of the probes that are kept beside it.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
cd "$RXLAB_SOURCE_DIR/docs" || exit 1

test_the_page_is_that_of_the_probes() {
    expect 0 ./dpdk-versions table reference/dpdk/*.json
    diff <(echo "$output") reference/dpdk-versions.md
}

test_what_differs_is_bold_and_what_does_not_is_not() {
    expect 0 ./dpdk-versions table reference/dpdk/22.11.json reference/dpdk/22.11.json
    [[ $output != *'**'* ]] || fail 'a release differs from itself'
    expect 0 ./dpdk-versions table reference/dpdk/22.11.json reference/dpdk/25.11.json
    expect_output $'*\n| **a wrong EAL option*'
}

test_a_file_that_is_no_probe_is_refused_and_named() {
    local file
    file=$(mktemp)
    echo '{"schema": "rxlab.result/3"}' >"$file"
    expect 1 ./dpdk-versions table "$file"
    rm "$file"
    expect_output "dpdk-versions: read $file: schema rxlab.result/3 instead of rxlab.dpdk-versions/1; *"
    expect 2 ./dpdk-versions tables
}

run_claims
