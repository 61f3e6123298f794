#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.sh tx ID PRIVILEGED: runs inside the fresh namespaces of the tx end, makes those of the rx end,
#   joins both with a veth pair, prints "built TX_PID RX_PID", and stays until it gets a line, so that
#   the keeper can open the namespaces through the two processes.
# build.sh rx PRIVILEGED: makes the rx end's /sys, prints its process id, and stays until its input ends.
# build.sh link NAME ADDRESS: configures one end's interface and waits until it is up.
set -eu
PATH=$PATH:/usr/sbin:/sbin

# shellcheck source=build_parts.sh
. "$(dirname -- "$0")/build_parts.sh"

wait_until_up() { # NAME
    local tries
    for ((tries = 0; tries < 250; tries++)); do
        [[ $(ip -o link show dev "$1") == *' state UP '* ]] && return 0
        sleep 0.02
    done
    echo "bring up $1: still down after 5 s"
    return 1
}

build_rx() {
    mount_sys "$1"
    quiet_network
    echo $$
    read -r _ || true
}

build_tx() {
    local rx
    mount_run "$1" "$2"
    mount_sys "$2"
    quiet_network
    coproc RX { exec unshare --net --mount --propagation private bash "$0" rx "$2"; }
    read -r rx <&"${RX[0]}"
    ip link add tx0 type veth peer name rx0 netns "$rx"
    set_up_link tx0 192.0.2.1
    nsenter --target "$rx" --mount --net bash "$0" link rx0 192.0.2.2
    wait_until_up tx0
    echo "built $$ $rx"
    read -r -t 20 _ || true
    eval "exec ${RX[1]}>&-"
    wait
}

case $1 in
    tx) build_tx "$2" "$3" ;;
    rx) build_rx "$2" ;;
    link)
        set_up_link "$2" "$3"
        wait_until_up "$2"
        ;;
esac
