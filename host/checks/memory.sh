# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # sysroot is report.sh's
#
# Memory: huge pages and where pages come from.

# "256 of 2048 kB (200 free), …"
huge_page_pools() {
    local folder size
    for folder in $(matching '/sys/kernel/mm/hugepages/hugepages-*kB'); do
        size=${folder##*-}
        printf '%s of %s kB (%s free)\n' "$(first_line "$folder/nr_hugepages")" "${size%kB}" \
            "$(first_line "$folder/free_hugepages")"
    done | paste -s -d ',' | sed 's/,/, /g'
}

check_huge_pages() {
    local pools reserved=0 free=0 folder mounted
    pools=$(huge_page_pools)
    for folder in $(matching '/sys/kernel/mm/hugepages/hugepages-*kB'); do
        reserved=$((reserved + $(first_line "$folder/nr_hugepages")))
        free=$((free + $(first_line "$folder/free_hugepages")))
    done
    mounted=$(awk '$3 == "hugetlbfs" { print $2; exit }' "$sysroot/proc/mounts" 2>/dev/null)
    if [[ -z $pools ]]; then
        finding lacks huge-pages "this kernel has none" "nic: EAL takes packet memory from them; veth does without (--no-huge)"
    elif ((reserved == 0)); then
        finding lacks huge-pages "$pools" "nic: EAL takes packet memory from them; veth: taken by root's runs as they need" \
            "./rxlab tune --only huge-pages; at boot, for large ones: hugepagesz=1G hugepages=2" "./rxlab tune --undo"
    elif ((free == 0)); then
        finding note huge-pages "$pools" "nic: another program uses them all, or a killed one left files in hugetlbfs" \
            "./rxlab tune --only huge-pages --huge-pages $((reserved + 256)); or: ls ${mounted:-/dev/hugepages}" "./rxlab tune --undo"
    elif [[ -z $mounted ]]; then
        finding note huge-pages "$pools, hugetlbfs not mounted" "nic: dpdk_rx then needs --in-memory, and cannot share them" \
            "mount -t hugetlbfs nodev /dev/hugepages" "umount /dev/hugepages"
    else
        finding ok huge-pages "$pools, mounted at $mounted"
    fi
}

check_transparent_huge_pages() {
    local mode
    if ! mode=$(chosen /sys/kernel/mm/transparent_hugepage/enabled); then
        finding ok transparent-huge-pages "not in this kernel"
    elif [[ $mode == always ]]; then
        finding note transparent-huge-pages "always" "veth, nic: the kernel merges pages while receivers run; seen as stalls of tens of µs" \
            "./rxlab tune --only transparent-huge-pages" "./rxlab tune --undo"
    else
        finding ok transparent-huge-pages "$mode"
    fi
}

check_numa() {
    local nodes
    nodes=$(matching '/sys/devices/system/node/node[0-9]*' | wc -l)
    if ((nodes > 1)); then
        finding note numa "$nodes nodes" "nic: a receiver belongs on its port's node (see nics); veth: both cores on one node"
    else
        finding ok numa "one node"
    fi
}

check_numa_balancing() {
    case $(first_line /proc/sys/kernel/numa_balancing) in
        1) finding note numa-balancing "on" "nic, veth: it unmaps pages to see who uses them; each page costs the receiver a fault" \
            "./rxlab tune --only numa-balancing" "./rxlab tune --undo" ;;
        0) finding ok numa-balancing "off" ;;
        *) finding ok numa-balancing "not in this kernel" ;;
    esac
}
