#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# records.sh KERNEL BUILD: what `record` writes, in a guest with this kernel.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
PATH=$PATH:/usr/sbin:/sbin
command -v ethtool >/dev/null || skip 'ethtool is not installed'
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
record=$RXLAB_SOURCE_DIR/kernel/nic82574/record
kernel=$1
export RXLAB_NIC82574=$2

# Who polls, and that the books are those of the sender: the numbers themselves depend on the machine.
test_counts_has_a_row_for_each_caller_of_the_rx_handler() {
    expect 0 "$record" counts --kernel "$kernel" --output "$work"
    grep -Eq '^\| RX handler in the interrupt \| [1-9][0-9]* \| 0 \| [1-9][0-9]* \| 0 \|$' "$work/counts.md" ||
        fail "$(cat "$work/counts.md")"
    [[ $(grep -Ec '^\| NAPI, .* \| [1-9][0-9]* \| [1-9][0-9]* \| [1-9][0-9]* \| [1-9][0-9]* \|$' \
        "$work/counts.md") == 3 ]] || fail "$(cat "$work/counts.md")"
}

test_the_timeline_leads_from_the_interrupt_over_the_rx_handler_to_the_book() {
    expect 0 "$record" timeline --kernel "$kernel" --output "$work"
    expect_output "*hard interrupt *nic_interrupt()*softirq *nic_rx(): the RX handler*the reader *recvfrom(2) returns * bytes*t_rx*t_book: *"
    grep -q 'the RX handler' "$work/packet-timeline.svg" || fail 'not drawn'
}

run_claims
