#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rxbench run --testbed vm: the same feed through the kernel's driver and through vfio-pci gives the same books, with
# nothing lost, and no duration measured in an emulated machine is shown as a result.
. "$(dirname -- "${BASH_SOURCE[0]}")/../../claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

test_kernel_and_bound_port_receive_the_same_feed() {
    expect 0 "$RXLAB_BINARY_DIR/bin/rxbench" run --testbed vm --quick --timeout 400 --output "$work"
    python3 - "$work/result.json" <<'END' || fail "$output"
import json, sys
result = json.load(open(sys.argv[1]))
assert result["testbed"]["name"] == "vm", result["testbed"]
assert result["environment"]["interface_driver"] == "e1000e", result["environment"]["interface_driver"]
scenario, = result["scenarios"]
runs = {r["name"]: r["runs"][0] for r in scenario["receivers"]}
assert set(runs) == {"kernel-block", "dpdk-port", "nic-port"}, runs.keys()
for name, run in runs.items():
    ledger = run["ledger"]
    assert ledger["sent"] == ledger["received"] == 400 and ledger["lost"] == 0, (name, ledger)
digests = {run["receiver"]["digest"] for run in runs.values()}
assert len(digests) == 1, digests
assert result["verdict"]["verdict"] == "VOID" or not result["environment"]["hypervisor"].startswith("TCG")
END
    expect_output "*e1000e → vfio-pci, IOMMU group [0-9]*sender *400 sent*kernel-block *400 received, 0 lost*dpdk-port *400 \
received, 0 lost*The digests are equal.*Given back*vfio-pci → e1000e, interface eth1*"
    grep -q '"hypervisor": "TCG' "$work/result.json" || return 0
    expect_output '*Latencies are void: this machine is emulated*'
    [[ $output != *p50* ]] || fail "an emulated machine's latencies are shown: $output"
    grep -q '~~' "$work/tables.md" || fail 'nor are they struck through in the tables'
}

run_claims
