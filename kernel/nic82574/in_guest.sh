#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh counts|timeline OUTPUT BIN MODULE-FOLDER: the guest's side of record. eth0 sends, eth1 has our driver.
set -u
PATH=$PATH:/usr/sbin:/sbin
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ends.sh
. "$here/ends.sh"
what=$1 output=$2 bin=$3 module=$4
group=239.1.1.1:30001

die() {
    printf 'in_guest.sh: %s\n' "$*" >&2
    exit 1
}

receiver='' received=/run/received sent=/run/sent
start_receiver() { # OPTION…
    rm -f "$received"
    "$bin/kernel_rx" --interface eth1 --group $group --mode block --receive-buffer 8000000 --exit-at-end-of-session "$@" \
        >"$received" 2>&1 &
    receiver=$!
    until grep -qs ^ready: "$received"; do
        [[ -e /proc/$receiver ]] || die "kernel_rx: $(cat "$received")"
        sleep 0.1
    done
}
send() { # OPTION… of feedsim
    ip netns exec tx "$bin/feedsim" --interface eth0 --group $group --seed 7 "$@" >"$sent" 2>&1 || die "feedsim: $(cat "$sent")"
}
end_receiver() {
    local tries
    for ((tries = 0; tries < 30; tries++)); do # the end of the session may have been lost
        [[ -e /proc/$receiver ]] || break
        sleep 0.1
    done
    kill -INT "$receiver" 2>/dev/null
    wait "$receiver" || die "kernel_rx: $(cat "$received")"
}
digest_in() { sed -n 's/^digest: //p' "$1"; }

# Prints packets, interrupts and polls. Where packets were lost, there is nothing to compare.
counted() { # OPTION… of feedsim
    local name before after
    start_receiver
    before=$(ethtool -S eth1)
    send "$@"
    end_receiver
    after=$(ethtool -S eth1)
    [[ $(digest_in "$sent") == $(digest_in "$received") ]] || die "the books differ: $(grep ^missing: "$received")"
    for name in rx_packets interrupts polls; do
        echo $(($(sed -n "s/^ *$name: //p" <<<"$after") - $(sed -n "s/^ *$name: //p" <<<"$before")))
    done
}

per_hundred() { awk -v part="$1" -v packets="$2" 'BEGIN { printf "%.0f", 100 * part / packets }'; } # PART PACKETS

row() { # TITLE MODE RX-USECS
    local alone bursts
    if ! receive_by eth1 "$2" || ! ethtool -C eth1 rx-usecs "$3"; then die "$1: see above"; fi
    mapfile -t alone < <(counted --messages 500 --rate 200)
    mapfile -t bursts < <(counted --messages 20000 --rate 4000 --profile microburst --burst 64)
    [[ ${#alone[@]} == 3 && ${#bursts[@]} == 3 ]] || die "$1: see above"
    echo "| $1 | $(per_hundred "${alone[1]}" "${alone[0]}") | $(per_hundred "${alone[2]}" "${alone[0]}") |" \
        "$(per_hundred "${bursts[1]}" "${bursts[0]}") | $(per_hundred "${bursts[2]}" "${bursts[0]}") |"
}

counts() {
    echo '| for each 100 packets | alone: interrupts | polls | in bursts: interrupts | polls |'
    echo '|:---|---:|---:|---:|---:|'
    row 'RX handler in the interrupt' irq 0
    row 'NAPI, in a softirq' napi 0
    row 'NAPI, `rx-usecs 1000`' napi 1000
    row 'NAPI, in a thread' threaded 0
}

tracing=/sys/kernel/tracing
trace_event() { # EVENT [FILTER]: some kernels lack some
    [[ -d $tracing/events/$1 ]] || return 0
    [[ -z ${2:-} ]] || echo "$2" >"$tracing/events/$1/filter"
    echo 1 >"$tracing/events/$1/enable"
}

# Only what belongs to the packet: the NIC's interrupt, the receive softirq, the functions on the way, and the reader.
trace_on() { # IRQ
    local irq=$1 name
    echo "$clock" >$tracing/trace_clock
    echo '*:mod:rxlab_nic82574' >$tracing/set_ftrace_filter
    for name in net_rx_action udp_rcv __udp_enqueue_schedule_skb sock_def_readable udp_recvmsg; do
        echo "$name" >>$tracing/set_ftrace_filter
    done
    echo function >$tracing/current_tracer
    trace_event irq/irq_handler_entry "irq == $irq"
    trace_event irq/irq_handler_exit "irq == $irq"
    for name in raise entry exit; do trace_event irq/softirq_$name 'vec == 3'; done
    trace_event napi/napi_poll
    trace_event net/napi_gro_receive_entry
    trace_event net/netif_receive_skb
    trace_event sched/sched_wakeup "pid == $receiver"
    trace_event sched/sched_switch "next_pid == $receiver || prev_pid == $receiver"
    trace_event raw_syscalls/sys_enter "common_pid == $receiver"
    trace_event raw_syscalls/sys_exit "common_pid == $receiver"
    echo 1 >$tracing/tracing_on
}

timeline() {
    local irq clock=mono_raw # the receiver's clock
    ! grep -qw nonstop_tsc /proc/cpuinfo || clock=x86-tsc
    irq=$(awk -F '[: ]+' '$NF == "eth1" { print $2 }' /proc/interrupts)
    echo 1 >"/proc/irq/$irq/smp_affinity" # CPU 0; the reader is on the other one
    receive_by eth1 napi
    start_receiver --cpu 1 --trace /run/receiver.trace --trace-records 1000
    echo 0 >$tracing/tracing_on
    trace_on "$irq" || die 'trace: see above'
    send --messages 8 --rate 5
    echo 0 >$tracing/tracing_on
    end_receiver
    cat $tracing/trace >/run/kernel.trace
    "$here/timeline.py" --stamps /run/receiver.trace /run/kernel.trace
}

modprobe e1000e || die 'load e1000e: see above'
OUT=$module "$here/driver.sh" load eth1 >/dev/null || exit
sysctl -q net.core.rmem_max=16777216
ends_up eth0 eth1 || die 'connect the two ends: see above'
case $what in
    counts) counts >"$output/counts.md" ;;
    timeline) timeline >"$output/trace.txt" ;;
esac
