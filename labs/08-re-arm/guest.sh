#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# guest.sh: runs as root in a guest with two cards on one wire. $module_out holds the learner's module. Prints the first
# finding. An interface whose poll is broken cannot always be taken down, so nothing is tidied up then.
set -u
PATH=$PATH:/usr/sbin:/sbin
driver=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../kernel/nic82574" && pwd)
# shellcheck source=../../kernel/nic82574/ends.sh
. "$driver/ends.sh"

found() {
    echo "finding $*"
    exit 0
}
log_says() { dmesg | grep -m 1 -oE "$1"; }

# To all on the wire, so that nobody asks for an address, or answers. A burst is 4 times 64 packets, each time with one
# doorbell: the kernel cuts them (UDP_SEGMENT).
send() { # TIMES PACKETS|burst SECONDS-BETWEEN
    ip netns exec tx python3 -I -S - "$@" <<'END'
import socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
times, what, between = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
if what == "burst":
    sender.setsockopt(socket.IPPROTO_UDP, 103, 18)
for _ in range(times):
    for _ in range(4 if what == "burst" else int(what)):
        sender.sendto(bytes(18 * 64 if what == "burst" else 18), ("192.0.2.255", 9))
    time.sleep(between)
END
    sleep 0.3
}

# How much more each counter has than at the call of mark.
mark() { before=$(ethtool -S eth1); }
more() { # COUNTER
    local was
    was=$(sed -n "s/^ *$1: //p" <<<"$before")
    echo $(($(counter eth1 "$1") - was))
}

# Packets do not arrive. Who stands still: the card, or the kernel's polling?
stuck() { # WHAT WAS SEEN
    mark
    send 5 1 0.02
    (($(more interrupts) > 0)) || found not-armed "$1, and the card does not interrupt any more"
    (($(more polls) > 0)) || found not-completed "$1; the card interrupts, and nic_poll() is not called any more"
    found takes-nothing "$1, although the card interrupts, and nic_poll() is called"
}

modprobe e1000e || exit 1
OUT=${module_out:?} "$driver/driver.sh" load eth1 >/dev/null || exit 1
sysctl -q net.ipv6.conf.all.disable_ipv6=1
ends_up eth0 eth1 || stuck 'The interface has got no link, of which an interrupt tells'

mark
send 20 1 0.02
(($(more rx_packets) >= 20)) || stuck "20 packets were sent, and $(more rx_packets) arrived"

sleep 1
mark
sleep 1
(($(more polls) < 100)) || found never-rests "For a second no packet was sent, and nic_poll() was called $(more polls) times"

within_budget() {
    [[ -z $(log_says 'exceeding its budget') ]] || found over-budget "The kernel says: $(log_says 'NAPI poll function.*')"
}

# Many packets wait when a poll comes: the card is told to interrupt late.
ethtool -C eth1 rx-usecs 16000 || exit 1
full=0
for ((i = 0; i < 5 && full == 0; i++)); do
    mark
    send 1 burst 0
    packets=$(more rx_packets) polls=$(more polls) full=$(more polls_full)
    within_budget
    ((packets <= 64 * polls)) || found over-budget "$packets packets were taken by $polls calls, whose budget is 64"
done
((full > 0)) || { echo "no poll took its whole budget: $packets packets, $polls polls" >&2 && exit 1; }

# And at once: an interrupt comes as soon as it may.
ethtool -C eth1 rx-usecs 0
send 20 burst 0.05
within_budget
rescheduled=$(log_says '[^ ]*: Budget exhausted after napi rescheduled')
[[ -z $rescheduled ]] || found completed-too-early "The kernel says: $rescheduled"

# The kernel is told to go on without interrupts as long as packets come: a timer calls the poll.
echo 10 >/sys/class/net/eth1/napi_defer_hard_irqs
echo 50000000 >/sys/class/net/eth1/gro_flush_timeout
mark
send 40 1 0.01
packets=$(more rx_packets) interrupts=$(more interrupts)
((interrupts * 2 < packets)) || found ignores-the-answer \
    "With napi_defer_hard_irqs, $packets packets came with $interrupts interrupts"
echo 0 >/sys/class/net/eth1/napi_defer_hard_irqs
echo 0 >/sys/class/net/eth1/gro_flush_timeout

ends_down eth0 eth1
OUT=$module_out "$driver/driver.sh" unload
