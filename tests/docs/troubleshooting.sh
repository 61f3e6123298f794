#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# troubleshooting.sh PROGRAMS: each row of docs/troubleshooting.md that is marked ● is provoked here, and what the program
# says is what the page quotes.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
need_open_clone
programs=$1
page=$RXLAB_SOURCE_DIR/docs/troubleshooting.md
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
provoked=0 failed=0
group='--group 239.1.1.1:30001'

# provokes QUOTE COMMAND…: the command says QUOTE, and the page has it in a row with a ●.
provokes() {
    local quote=$1 output
    shift
    provoked=$((provoked + 1))
    output=$(cd "$work" && timeout 20 "$@" 2>&1)
    [[ $output == *"$quote"* ]] || { echo "FAILED: $*: said: $output; not: $quote"; failed=1; }
    grep -F '●' "$page" | grep -qF -- "${quote//\`ip link\`/ip link}" || { echo "FAILED: the page does not quote: $quote"; failed=1; }
}
without_root() {
    ((EUID != 0)) || set -- setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_RUNTIME_DIR="$work/user" "$@"
    "$@"
}
mkdir -m 777 "$work/user"
export -f without_root
export work

# shellcheck disable=SC2086 # words
{
provokes 'kernel_rx: --interface eth9: no such interface' "$programs/kernel_rx" --interface eth9 $group
provokes '"10.1.1.1:30001" is not a multicast group' "$programs/kernel_rx" --interface lo --group 10.1.1.1:30001
provokes 'kernel_rx: --cpu 9999: this machine has CPUs' "$programs/kernel_rx" --interface lo $group --cpu 9999
provokes '"1,5" is not a number' "$programs/kernel_rx" --interface lo $group --cpu 1,5
provokes 'dpdk_rx: no `--`: dpdk_rx EAL-OPTIONS -- OPTIONS' "$programs/dpdk_rx" $group
provokes 'dpdk_rx: EAL found no port' bash -c "without_root '$programs/dpdk_rx' --no-huge --no-pci -m 64 -- $group"
provokes 'see `ip link` for the interfaces there are' \
    "$programs/dpdk_rx" --no-huge --no-pci -m 512 --vdev net_af_packet0,iface=eth9 -- $group
provokes 'Could not open AF_PACKET socket' \
    bash -c "without_root '$programs/dpdk_rx' --no-huge --no-pci -m 512 --vdev net_af_packet0,iface=lo -- $group"
RXLAB_BED=nosuch provokes 'veth: the veth test bed is down' "$RXLAB_SOURCE_DIR/testbed/veth/veth" exec rx true
provokes '--receive-buffer 2000000000' bash -c "'$programs/kernel_rx' --interface lo $group --receive-buffer 2000000000 |& sed 's/: Value/ &/; s/^/--receive-buffer 2000000000 /'"
provokes '10 records, 20 did not fit' "$programs/feedsim" --interface lo $group --messages 30 --trace t --trace-records 10
sed 's|rxlab.result/[0-9]*|rxlab.result/9|' "$RXLAB_SOURCE_DIR/docs/reference/result.json" >"$work/result.json"
provokes 'schema rxlab.result/9, this rxbench reads' "$programs/rxbench" report result.json
}
rows=$(grep -c '^| ●' "$page")
((rows == provoked)) || { echo "FAILED: $rows rows are marked ●, $provoked are provoked"; failed=1; }
echo "$provoked provoked"
exit $failed
