#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: commands.sh root|user: what the commands of the test bed promise.
# shellcheck source=testbed.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/testbed.sh"

test_up_and_down_are_idempotent() {
    expect 3 "$veth" status
    expect_output down
    expect 0 "$veth" down
    expect 0 "$veth" up
    local keeper
    keeper=$(keeper_of_bed)
    expect 0 "$veth" up
    expect 0 "$veth" status
    expect_output "up: *keeper $keeper"
    expect 0 "$veth" down
    nothing_left || fail "left after down"
    expect 0 "$veth" down
}

# uutils' env, which is that of Ubuntu from 25.10 on: older ones have no --block-signal, and newer ones leave blocked
# what --default-signal names. The real one where it is installed, and a stand-in that has neither.
test_up_and_down_need_no_signal_options_of_env() {
    local folder path keeper real=/usr/lib/cargo/bin/coreutils
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # now: it is local
    trap "'$veth' down; rm -r '$folder'" EXIT
    cat >"$folder/env" <<'END'
#!/bin/sh
case $1 in --*-signal*) echo "env: error: unexpected argument '$1' found" >&2; exit 125 ;; esac
exec /usr/bin/env "$@"
END
    chmod 755 "$folder/env"
    for path in "$folder" "$real"; do
        [[ -x $path/env ]] || continue
        PATH=$path:$PATH expect 0 "$veth" up
        keeper=$(keeper_of_bed)
        expect 0 sed -n -E 's/^SigBlk:\t//p' "/proc/$keeper/status"
        (((16#$output & 16#4003) == 0)) || fail "the keeper blocks HUP, INT or TERM: $output"
        PATH=$path:$PATH expect 0 "$veth" down
        nothing_left || fail "left after down"
    done
}

test_concurrent_ups_make_one_bed() {
    local pids=() pid
    for _ in 1 2 3 4; do
        "$veth" up &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || fail "an up failed"
    done
    [[ $(processes_of_bed | wc -l) == 2 ]] || fail "not one keeper and its guard"
}

test_down_in_the_middle_of_concurrent_ups_leaves_a_whole_bed_or_none() {
    local round
    for round in 1 2 3; do
        "$veth" up &
        "$veth" down
        wait $! || fail "up failed in round $round"
        "$veth" down
        nothing_left || fail "left in round $round"
    done
}

test_each_end_has_its_own_devices_and_addresses() {
    "$veth" up
    expect 0 "$veth" exec tx ip -br -4 address
    expect_output '*tx0@*UP*192.0.2.1/24*'
    expect 0 "$veth" exec rx ip -br -4 address
    expect_output '*rx0@*UP*192.0.2.2/24*'
    expect 0 "$veth" exec rx ls /sys/class/net
    expect_output $'lo\nrx0'
    expect 0 "$veth" exec tx ip -6 address
    expect_output ''
}

test_run_is_private_and_writable() {
    "$veth" up
    expect 0 "$veth" exec rx mkdir -p "/var/run/dpdk/$RXLAB_BED"
    [[ ! -e /var/run/dpdk/$RXLAB_BED ]] || fail "it appeared on the host"
}

test_multicast_sent_at_tx_arrives_at_rx() {
    "$veth" up
    exec 5< <("$veth" exec rx "$python" -u -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("239.1.1.1", 30001))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
             socket.inet_aton("239.1.1.1") + socket.inet_aton("192.0.2.2"))
s.settimeout(10)
print("ready")
print(*(s.recv(100).decode() for _ in range(3)))')
    local ready='' got=''
    read -r ready <&5
    [[ $ready == ready ]] || fail "the receiver did not start"
    # No interface is named: the route decides.
    "$veth" exec tx "$python" -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for text in b"one", b"two", b"three":
    s.sendto(text, ("239.1.1.1", 30001))'
    read -r got <&5
    [[ $got == 'one two three' ]] || fail "got '$got'"
}

test_exec_returns_the_exit_status() {
    "$veth" up
    expect 7 "$veth" exec rx sh -c 'exit 7'
    expect 127 "$veth" exec tx /no/such/program
}

test_exec_becomes_the_program_so_that_signals_reach_it() {
    "$veth" up
    "$veth" exec rx sleep 1000 &
    local pid=$! status=0
    eventually 5 grep -qx sleep "/proc/$pid/comm"
    kill -TERM "$pid"
    wait "$pid" || status=$?
    ((status == 143)) || fail "exit status $status"
}

test_exec_passes_environment_directory_and_arguments() {
    "$veth" up
    local directory
    directory=$(mktemp -d "/tmp/test bed.XXXXXX")
    cd "$directory"
    export RXLAB_TEST_VALUE='two words'
    output=$("$veth" exec tx sh -c 'echo "$PWD|$RXLAB_TEST_VALUE|$#|$1|$2"; echo x >file' sh 'a  b' '')
    [[ -e file ]] || fail "not in the working directory"
    cd /
    rm -r "$directory"
    expect_output "$directory|two words|2|a  b|"
}

test_exec_adds_no_descriptor_to_the_program() {
    "$veth" up
    local without
    without=$(ls /proc/self/fd)
    expect 0 "$veth" exec tx ls /proc/self/fd
    expect_output "$without"
}

test_works_with_every_standard_stream_closed() {
    "$veth" up <&- >&- 2>&- || fail "up"
    "$veth" exec rx true <&- >&- 2>&- || fail "exec"
    "$veth" down <&- >&- 2>&- || fail "down"
    nothing_left || fail "left"
}

test_up_does_not_keep_the_callers_pipe_open() {
    # cat ends only when nobody holds the pipe any more.
    timeout 10 bash -c '"$1" up 20>&1 | cat' sh "$veth" || fail "the pipe stayed open"
}

test_exec_says_what_to_do_when_the_bed_is_down() {
    expect 2 "$veth" exec rx true
    expect_output '*the veth test bed is down; start it with: testbed/veth/veth up'
    expect 2 "$veth" info
}

test_wrong_usage_ends_with_2() {
    expect 2 "$veth"
    expect 2 "$veth" sideways
    expect 2 "$veth" up --owner
    expect 2 "$veth" up --huge-pages many
    expect 2 "$veth" down now
    expect 2 env RXLAB_BED=../x "$veth" status
    "$veth" up
    expect 2 "$veth" exec middle true
    expect 2 "$veth" exec rx
    expect 0 "$veth" --help
}

test_info_names_both_ends() {
    "$veth" up
    expect 0 "$veth" info
    expect_output $'tx_interface=tx0\nrx_interface=rx0\ntx_address=192.0.2.1\nrx_address=192.0.2.2\n*'
    if ((EUID == 0)); then
        expect_output $'*\nprivileged=yes\n*'
    else
        expect_output $'*\nprivileged=no\nhuge_pages=0\n*'
    fi
}

# As the kernel tells: features of a device that are on or off (ETHTOOL_GGRO, ETHTOOL_GTSO).
test_napi_switches_what_veth_needs_for_it_and_back() {
    local offload='
import array, fcntl, socket, struct, sys
setting = array.array("I", [int(sys.argv[2], 16), 0])
request = struct.pack("16sP16x", sys.argv[1].encode(), setting.buffer_info()[0])
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8946, request)
print(setting[1])'
    expect 2 "$veth" napi on
    "$veth" up
    expect 2 "$veth" napi
    expect 2 "$veth" napi maybe
    expect 2 "$veth" napi on now
    for expected in on:1:0 off:0:1; do
        IFS=: read -r state gro tso <<<"$expected"
        expect 0 "$veth" napi "$state"
        expect 0 "$veth" exec rx "$python" -c "$offload" rx0 2b
        expect_output "$gro"
        expect 0 "$veth" exec tx "$python" -c "$offload" tx0 1e
        expect_output "$tso"
    done
}

test_root_has_the_huge_pages_it_asked_for_and_can_use_them() {
    ((EUID == 0)) || return 0 # an ordinary user has none
    expect 0 "$veth" up --huge-pages 4
    expect_output ''
    local free
    free=$("$veth" info | sed -n 's/^huge_pages=//p')
    ((free >= 4)) || fail "$free huge pages are free"
    # Four pages of 2 MiB in the mounted file system, the fourth by touching its first byte.
    expect 0 "$veth" exec rx "$python" -c '
import mmap
with open("/run/hugepages/test", "w+b") as file:
    file.truncate(8 << 20)
    mmap.mmap(file.fileno(), 8 << 20)[6 << 20] = 1'
}

test_two_beds_do_not_see_each_other() {
    trap '"$veth" down; RXLAB_BED=$RXLAB_BED-b "$veth" down' EXIT
    "$veth" up
    RXLAB_BED=$RXLAB_BED-b "$veth" up
    local one two
    one=$("$veth" exec rx readlink /proc/self/ns/net)
    two=$(RXLAB_BED=$RXLAB_BED-b "$veth" exec rx readlink /proc/self/ns/net)
    [[ $one != "$two" ]] || fail "one namespace for two beds"
    "$veth" down
    RXLAB_BED=$RXLAB_BED-b expect 0 "$veth" exec rx true
}

run_tests "$@"
