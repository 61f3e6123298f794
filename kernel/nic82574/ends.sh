# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two ends of one wire, in a guest with two NICs: the sender's in a network namespace of its own, so that packets really
# go over the wire. For try.sh, record and the tests.

up_within() { # SECONDS INTERFACE: waits for its link
    local end=$((SECONDS + $1))
    until [[ $(cat "/sys/class/net/$2/operstate" 2>/dev/null) == up ]]; do
        ((SECONDS < end)) || { echo "$2: no link within $1 s" >&2 && return 1; }
        sleep 0.1
    done
}

# The sender's queue is a plain one, and longer than what a socket may have waiting: fq_codel, the usual one, drops packets
# that wait, and does not tell the sender. They do wait where an emulated processor stands still.
plain_queue() { # INTERFACE, which is down
    [[ ! -e /proc/sys/net/core/default_qdisc ]] || echo pfifo_fast >/proc/sys/net/core/default_qdisc
    ip link set "$1" txqueuelen 10000
}

# Neither end asks the other for its address: a first packet would wait for the answer, and be counted with the others.
ends_up() { # SENDER RECEIVER
    plain_queue "$1" && ip netns add tx && ip link set "$1" netns tx && ip -n tx link set lo up && ip -n tx link set "$1" up &&
        ip -n tx address add 192.0.2.1/24 dev "$1" && ip address add 192.0.2.2/24 dev "$2" && ip link set "$2" up &&
        up_within 20 "$2" && ip netns exec tx bash -c "$(declare -f up_within); up_within 20 $1"
}

ends_down() { # SENDER RECEIVER, which may be gone
    [[ ! -e /sys/class/net/$2 ]] || ip address flush dev "$2"
    [[ -e /run/netns/tx ]] || return 0
    ip -n tx link set "$1" netns 1
    ip netns delete tx
}

# irq: the interrupt handler takes the packets; napi: a softirq polls; threaded: a thread polls.
receive_by() { # INTERFACE irq|napi|threaded
    echo 0 >"/sys/class/net/$1/threaded" &&
        case $2 in
            irq) ethtool --set-priv-flags "$1" rx-in-irq on ;;
            napi) ethtool --set-priv-flags "$1" rx-in-irq off ;;
            threaded) ethtool --set-priv-flags "$1" rx-in-irq off && echo 1 >"/sys/class/net/$1/threaded" ;;
        esac
}

counter() { # INTERFACE NAME
    ethtool -S "$1" | sed -n "s/^ *$2: //p"
}
