# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the builders of veth and ../shm share, inside the fresh namespaces.

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
