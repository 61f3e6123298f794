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

# /sys shows the devices of the namespace that mounted it. In a container mounting may be forbidden;
# only programs that read /sys/class/net notice that.
mount_sys() { # PRIVILEGED
    mount -t sysfs sysfs /sys 2>/dev/null || return 0
    [[ $1 != yes ]] || mount -t bpf bpf /sys/fs/bpf 2>/dev/null || true
}

# DPDK's EAL writes below /var/run. Files in a private hugetlbfs give their pages back when the
# namespace ends; in the host's hugetlbfs, a killed program's files would stay.
mount_run() { # ID PRIVILEGED
    mount -t tmpfs -o mode=0755,nosuid,nodev rxlab-run /run
    [[ /var/run -ef /run || ! -d /var/run ]] ||
        mount -t tmpfs -o mode=0755,nosuid,nodev rxlab-run /var/run
    printf '%s' "$1" >/run/rxlab-bed
    if [[ $2 == yes ]]; then
        umount --all --types hugetlbfs 2>/dev/null || true
        mkdir /run/hugepages
        mount -t hugetlbfs -o pagesize=2M,mode=0700 rxlab-huge /run/hugepages 2>/dev/null || true
    fi
}

# Keeps router solicitations and listener reports off the wire, and turns the check of the return path
# off. /proc/sys is read-only in some containers; the bed works there, with a few more packets on it.
quiet_network() {
    local file
    for file in all default; do
        { echo 1 >"/proc/sys/net/ipv6/conf/$file/disable_ipv6"; } 2>/dev/null || true
        { echo 0 >"/proc/sys/net/ipv4/conf/$file/rp_filter"; } 2>/dev/null || true
    done
    ip link set dev lo up
}

set_up_link() { # NAME ADDRESS
    { echo 0 >"/proc/sys/net/ipv4/conf/$1/rp_filter"; } 2>/dev/null || true
    ip address add "$2/24" dev "$1"
    ip link set dev "$1" mtu 1500 multicast on up
    ip route add 224.0.0.0/4 dev "$1"
}

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
