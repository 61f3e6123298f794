#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# try.sh NIC: a walk through what the driver does, with a second NIC on the same wire as the sender; see ../walk.sh.
here=$(dirname -- "${BASH_SOURCE[0]}")
# shellcheck source=../walk.sh
. "$here/../walk.sh"
# shellcheck source=ends.sh
. "$here/ends.sh"
rx=$1

# The other NIC: any that has a PCI device and another driver.
for tx in /sys/class/net/*; do
    tx=${tx##*/}
    [[ $tx == "$rx" || ! -e /sys/class/net/$tx/device/driver ]] || break
    tx=''
done
[[ -n $tx ]] || { echo "test: no second NIC on the wire of $rx: start the guest with --nic e1000e --nic e1000e" >&2 && exit 1; }
command -v ethtool >/dev/null || { echo 'test: ethtool is not installed: apt-get install ethtool' >&2 && exit 1; }
trap 'ends_down "$tx" "$rx"' EXIT
ends_up "$tx" "$rx" || exit

ping="ip netns exec tx busybox ping -c 20 -i 0.01 -q 192.0.2.2 | grep received"
counts="ethtool -S $rx | grep -E 'interrupts|polls'"
title "1. An interface like any other ($tx, on the same wire, is the sender)"
shows '*driver: rxlab_nic82574*' "ethtool -i $rx | head -n 1"
shows '*Speed: 1000Mb/s*Link detected: yes*' "ethtool $rx | grep -E 'Speed|Duplex|Link'"

title '2. NAPI: an interrupt wakes the poll, and is masked until the ring is empty'
shows '20 packets transmitted, 20 *' "$ping"
shows '*interrupts: *polls: *' "$counts"

title '3. In the interrupt: no more polls, and an interrupt for every packet (20 received, 20 sent)'
shows '' "ethtool --set-priv-flags $rx rx-in-irq on"
shows '20 packets transmitted, 20 *' "$ping"
shows '*interrupts: *polls: *' "$counts"

title '4. NAPI in a thread'
shows '' "ethtool --set-priv-flags $rx rx-in-irq off; echo 1 >/sys/class/net/$rx/threaded"
shows '20 packets transmitted, 20 *' "$ping"
shows "*napi/$rx-*" 'ps ax | grep -o "[n]api/.*"'
shows '' "echo 0 >/sys/class/net/$rx/threaded"

title '5. What it refuses: frames that would need several buffers, and moderation beyond the register'
shows '*mtu greater than device maximum*' "ip link set $rx mtu 9000"
shows '*rx-usecs must be 0 to 16776*' "ethtool -C $rx rx-usecs 16777"

title '6. The multicast filter: what the kernel joins, the device lets in'
shows '*33:33:00:00:00:01*' "ip maddress show dev $rx | grep link"
arrive 'make unload'
