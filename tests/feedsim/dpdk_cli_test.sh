#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# dpdk_cli_test.sh FEEDSIM_DPDK FEEDSIM: what feedsim_dpdk's command line takes and refuses. Needs no NIC, no root and no
# huge pages.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
program=$1
feedsim=$2
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
eal=(--no-huge --no-pci --no-telemetry --no-shconf -m 256)
feed=(--group 239.1.1.1:30001 --packets 200 --rate 10000)

test_wrong_usage_ends_with_2_and_names_the_option() {
    expect 2 "$program" "${eal[@]}" "${feed[@]}"
    expect_output 'feedsim_dpdk: no `--`: feedsim_dpdk EAL-OPTIONS -- OPTIONS; see feedsim_dpdk --help'
    expect 2 "$program" "${eal[@]}" --nonsense -- "${feed[@]}"
    expect_output 'feedsim_dpdk: EAL options: *nonsense*feedsim_dpdk --eal-help*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --transmit packet
    expect_output '*--transmit*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --loop
    expect_output '*--loop*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --source nobody
    expect_output '*--source*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --link-wait -1
    expect_output '*--link-wait*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 -- --packets 1
    expect_output '*--group is missing*'
}

test_a_port_is_needed_and_chosen_by_name() {
    expect 2 "$program" "${eal[@]}" -- "${feed[@]}"
    expect_output 'feedsim_dpdk: EAL found no port*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 --vdev net_null1 -- "${feed[@]}"
    expect_output '*several ports; choose with --interface: 0 (net_null0), 1 (net_null1)*'
    expect 2 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --interface eth0
    expect_output '*--interface eth0: no such port*'
    expect 0 "$program" "${eal[@]}" --vdev net_null0 --vdev net_null1 -- "${feed[@]}" --interface net_null1
}

test_the_summary_has_the_port_and_the_digest_of_feedsim() {
    expect 0 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --json "$work/summary"
    expect 0 grep -E '"(program|driver|frames|ring_full|dropped)": ' "$work/summary"
    expect_output '*"program": "feedsim_dpdk"*"driver": "net_null"*"frames": 210*"ring_full": 0*"dropped": 0*'
    local digest
    digest=$(sed -n 's/^digest: //p' <("$feedsim" "${feed[@]}" --write-pcap "$work/feed.pcap"))
    expect 0 grep -c "\"digest\": \"$digest\"" "$work/summary"
}

test_files_are_written_without_eal() {
    expect 0 "$program" --no-such-eal-option -- "${feed[@]}" --write-pcap "$work/own.pcap"
    expect 0 "$feedsim" "${feed[@]}" --write-pcap "$work/feed.pcap"
    expect 0 cmp "$work/own.pcap" "$work/feed.pcap"
}

test_help_needs_no_eal() {
    expect 0 "$program" --help
    expect_output 'Usage: feedsim_dpdk EAL-OPTIONS -- [[]OPTION]...*--link-wait*'
    expect 0 "$program" --eal-help
    expect_output '*--no-huge*'
}

test_impairments_lines_and_vlan_are_feedsims() {
    expect 0 "$program" "${eal[@]}" --vdev net_null0 -- "${feed[@]}" --line-b 239.1.2.1:30001 --impair drop=10% --vlan 7 \
        --json "$work/summary"
    expect 0 grep -c '"dropped_packets": [1-9]' "$work/summary"
}

run_claims
