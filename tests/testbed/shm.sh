#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: shm.sh root|user: what the shm test bed promises besides what it shares with veth (commands.sh, clean_up.sh).
# shellcheck source=testbed.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/testbed.sh"
bed=$RXLAB_SOURCE_DIR/testbed/shm/shm
veth=$bed # what testbed.sh takes down, and asks whether it can be built
[[ -r /dev/net/tun ]] || skip "/dev/net/tun is not here"
state_dir() { echo "/tmp/rxlab-shm-$UID-$RXLAB_BED"; }
processes_of_bed() { pgrep -f "rxlab-shm-$UID-$RXLAB_BED" || true; }
holder_of_bed() { pgrep -f "hold_tap.py tap0 $(keeper_of_bed) " || true; }

test_up_and_down_are_idempotent_and_leave_nothing() {
    expect 3 "$bed" status
    expect_output down
    expect 0 "$bed" up
    local keeper holder
    keeper=$(keeper_of_bed)
    holder=$(holder_of_bed)
    [[ -n $holder ]] || fail "nobody holds the carrier"
    expect 0 "$bed" up
    expect 0 "$bed" status
    expect_output "up: shared memory*tap0*keeper $keeper"
    expect 0 "$bed" down
    nothing_left || fail "left after down"
    gone "$holder" || fail "hold_tap.py is left"
    expect 0 "$bed" down
}

test_both_ends_are_one_place_with_a_private_run() {
    "$bed" up
    local tx rx
    tx=$("$bed" exec tx readlink /proc/self/ns/net /proc/self/ns/mnt)
    rx=$("$bed" exec rx readlink /proc/self/ns/net /proc/self/ns/mnt)
    [[ $tx == "$rx" ]] || fail "two places: $tx, $rx"
    "$bed" exec tx touch "/run/$RXLAB_BED"
    expect 0 "$bed" exec rx ls "/run/$RXLAB_BED"
    [[ ! -e /run/$RXLAB_BED ]] || fail "it appeared on the host"
}

test_the_tap_device_has_a_carrier_before_anybody_sends() {
    "$bed" up
    expect 0 "$bed" exec rx cat /sys/class/net/tap0/carrier
    expect_output 1
    expect 0 "$bed" exec rx ip -br -4 address show dev tap0
    expect_output '*UP*192.0.2.2/24*'
}

# As net_tap leaves it when its port stops.
test_exec_brings_the_tap_device_and_its_route_back() {
    "$bed" up
    "$bed" exec tx ip link set tap0 down
    expect 0 "$bed" exec rx ip route show 224.0.0.0/4
    expect_output '224.0.0.0/4 dev tap0*'
    expect 0 "$bed" exec rx cat /sys/class/net/tap0/carrier
    expect_output 1
}

test_what_is_written_into_the_tap_device_reaches_a_socket() {
    "$bed" up
    expect 0 "$bed" exec rx "$python" -c '
import fcntl, os, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("239.1.1.1", 30001))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
             socket.inet_aton("239.1.1.1") + socket.inet_aton("192.0.2.2"))
s.settimeout(10)
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"tap0", 0x0102))
udp = struct.pack(">HHHH", 4000, 30001, 12, 0) + b"word"
ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 32, 0, 0, 1, 17, 0, bytes([10, 0, 0, 1]), bytes([239, 1, 1, 1]))
total = sum(struct.unpack(">10H", ip))
total = (total & 0xffff) + (total >> 16)
ip = ip[:10] + struct.pack(">H", 0xffff - total) + ip[12:]
os.write(tun, bytes.fromhex("0000 0800 01005e010101 020000000001 0800".replace(" ", "")) + ip + udp)
print(s.recv(100).decode())'
    expect_output word
}

test_a_killed_keeper_takes_everything_with_it() {
    "$bed" up
    local keeper holder
    keeper=$(keeper_of_bed)
    holder=$(holder_of_bed)
    "$bed" exec rx sleep 1000 &
    kill -KILL "$keeper"
    eventually 10 nothing_left
    eventually 5 gone "$holder"
    wait
}

test_killed_keeper_and_guard_leave_nothing_to_the_next_command() {
    "$bed" up
    local holder
    holder=$(holder_of_bed)
    mapfile -t pids < <(processes_of_bed)
    kill -KILL "${pids[@]}"
    eventually 5 gone "$holder"
    expect 3 "$bed" status
    nothing_left || fail "left"
}

test_says_its_own_name() {
    expect 2 "$bed" exec rx true
    expect_output 'shm: the shm test bed is down; start it with: testbed/shm/shm up'
    expect 2 "$bed" sideways
    expect_output 'shm: unknown command: sideways; see: shm --help'
    expect 0 "$bed" --help
    expect_output 'usage: shm up*'
    "$bed" up
    expect 0 "$bed" info
    expect_output $'tx_interface=tap0\nrx_interface=tap0\n*'
}

# In a place whose kernel has no such device.
test_a_missing_tun_device_is_named() {
    ((EUID == 0)) || return 0 # to hide it takes a mount
    expect 1 unshare --mount bash -c 'mount -t tmpfs tmpfs /dev/net && exec "$1" up' sh "$bed"
    expect_output 'shm: make a network namespace as root: *CONFIG_TUN*'
}

run_tests "$@"
