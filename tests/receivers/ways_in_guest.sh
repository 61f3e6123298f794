#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ways_in_guest.sh [PART…], in a guest: all receivers over veth end with equal digests (part `ways`), xdp_rx also with
# several queues (`queues`), and with zero-copy on a card whose driver has it (`zero-copy`). Default: all parts.
set -u
here=$RXLAB_SOURCE_DIR/tests/receivers
bin=$RXLAB_BINARY_DIR/bin
failures=0

check() { # WHAT COMMAND…
    local what=$1 status=0
    shift
    "$@" || status=$?
    case $status in
        0) echo "ok: $what" ;;
        77) echo "left out: $what" ;;
        *)
            echo "FAILED: $what: exit status $status"
            failures=$((failures + 1))
            ;;
    esac
}

# Interfaces of virtio cards, in the order of their PCI addresses.
cards() {
    local path
    for path in /sys/bus/pci/devices/*/virtio*/net/*; do echo "${path##*/}"; done
}

digest() { # FILE
    sed -n '/"totals"/,/}/p' "$1" | sed -n 's/^ *"digest": "\([0-9a-f]*\)",*$/\1/p'
}

zero_copy() {
    local group=239.10.0.1:31000 rx tx pid tries work
    { read -r rx; read -r tx; } < <(cards)
    [[ -n ${tx:-} ]] || { echo "no two virtio cards: $(cards)"; return 1; }
    work=$(mktemp -d)
    ip netns add sender && ip link set "$tx" netns sender
    ip link set "$rx" up && ip addr add 192.0.2.2/24 dev "$rx"
    ip netns exec sender ip link set "$tx" up && ip netns exec sender ip addr add 192.0.2.1/24 dev "$tx"
    "$bin/xdp_rx" --interface "$rx" --group $group --hook native --copy zero-copy --exit-at-end-of-session \
        --json "$work/rx.json" >"$work/out" 2>&1 &
    pid=$!
    for ((tries = 0; tries < 600; ++tries)); do
        grep -q '^ready: ' "$work/out" && break
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    if ! grep -q '^ready: ' "$work/out"; then
        cat "$work/out"
        # Linux 6.12 has none for virtio-net, 7.3 has.
        grep -q 'no zero-copy' "$work/out" && return 77
        return 1
    fi
    ip netns exec sender "$bin/feedsim" --interface "$tx" --group $group --packets 2000 --rate 300 \
        --json "$work/tx.json" >"$work/sender" 2>&1 || { cat "$work/sender"; return 1; }
    wait "$pid" || { cat "$work/out"; return 1; }
    grep -E '"(copy_mode|xdp|wakeups|frames_of_queue_0|packets)"' "$work/rx.json"
    grep -q '"copy_mode": "zero-copy"' "$work/rx.json" || { echo "not zero-copy"; return 1; }
    [[ -n $(digest "$work/tx.json") && $(digest "$work/rx.json") == "$(digest "$work/tx.json")" ]] ||
        { cat "$work/out"; echo "digest $(digest "$work/rx.json"), sent: $(digest "$work/tx.json")"; return 1; }
}

uname -r
(($# > 0)) || set -- ways queues zero-copy
for part; do
    case $part in
        ways) check "all ways over veth end with one book" bash "$here/same_books_test" synthetic root ;;
        queues)
            for hook in generic native; do
                check "xdp_rx takes both queues ($hook)" bash "$here/xdp_queues_test" $hook
            done
            ;;
        zero-copy) check "xdp_rx without a copy on virtio-net" zero_copy ;;
    esac
done
((failures == 0))
