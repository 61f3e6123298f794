#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.sh tx ID PRIVILEGED: runs inside fresh namespaces, which are both ends of the bed: makes the tap device, starts
#   what holds its carrier, prints "built PID PID", and stays until it gets a line, so that the keeper can open the
#   namespaces through this process.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(dirname -- "$0")
# shellcheck source=../veth/build_parts.sh
. "$here/../veth/build_parts.sh"

# ID, as in bed_id(): boot, keeper, start of the keeper.
hold_carrier() { # ID
    local keeper start answer
    read -r _ keeper start <<<"$1"
    exec 8< <(exec setsid python3 -I -S "$here/hold_tap.py" tap0 "$keeper" "$start" 8<&- 2>&1)
    IFS= read -r answer <&8
    [[ $answer == held ]] || {
        echo "hold the carrier of tap0: ${answer:-the holder ended without a message}"
        return 1
    }
    exec 8<&-
}

mount_run "$2" "$3"
mount_sys "$3"
quiet_network
ip tuntap add dev tap0 mode tap multi_queue
hold_carrier "$2"
set_up_link tap0 192.0.2.2
echo "built $$ $$"
read -r -t 20 _ || true
