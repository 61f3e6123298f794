#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# in_guest.sh BUILD RING_TEST BIN: the ring's claims, as root in a guest. BUILD/<release>: the module and ringctl.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
build=$1/$(uname -r) ring_test=$2 bin=$3
ko=$build/rxlab_ring.ko
source=$RXLAB_SOURCE_DIR/kernel/ring

EINVAL=22
load() { busybox insmod "$ko" "$@"; }
unload() { busybox rmmod rxlab_ring; }
loaded() { [[ -d /sys/module/rxlab_ring ]]; }
by_make() { make --no-print-directory -C "$source" OUT="$build" "$@"; }
snapshot() {
    ! loaded || echo 'the module is loaded'
    ls /dev/rxring 2>/dev/null
}
tidy() {
    end_jobs
    ! loaded || unload
}

test_1_system_calls_and_mapping_do_what_the_readme_says() {
    load slots=8
    "$ring_test" --gtest_brief=1
    unload
}

test_2_every_way_to_receive_gives_the_book_of_what_was_sent() {
    local mode sent received calls
    for mode in ring poll read; do
        load
        "$bin/ring_rx" --mode "$mode" --group 239.1.1.1:30001 --exit-at-end-of-session --json "/run/rx-$mode" \
            >"/run/out-$mode" 2>&1 &
        eventually 20 grep -qs '^ready: ' "/run/out-$mode"
        "$bin/feedsim" --device /dev/rxring --group 239.1.1.1:30001 --messages 20000 --seed 7 --rate 20000 \
            >/run/sent
        wait $! || fail "$mode: $(cat "/run/out-$mode")"
        sent=$(sed -n 's/^digest: *//p' /run/sent | tail -n 1)
        received=$(sed -n 's/^digest: *//p' "/run/out-$mode" | tail -n 1)
        calls=$(grep -o '"system_calls": *[0-9]*' "/run/rx-$mode" | grep -o '[0-9]*$')
        echo "    $mode: $received, $calls system calls for 20000 packets"
        [[ -n $sent && $sent == "$received" ]] || fail "$mode: $received instead of $sent"
        case $mode in
            ring) ((calls < 5000)) || fail "$calls system calls" ;;
            read) ((calls >= 20000)) || fail "$calls system calls" ;;
        esac
        unload
    done
}

test_3_loading_a_hundred_times_leaves_nothing_behind() {
    local before grown i
    used() { awk '$1 == "VmallocUsed:" { print $2 }' /proc/meminfo; }
    load && unload
    before=$(used)
    for ((i = 0; i < 100; i++)); do
        load slots=4096
        echo packet >/dev/rxring
        unload
    done
    grown=$(($(used) - before))
    echo "    vmalloc: $grown KiB more after 100 loads of 8 MiB"
    ((grown < 8000)) || fail "$grown KiB"
}

test_4_a_device_that_is_open_or_mapped_is_not_unloaded() {
    load
    exec 9<>/dev/rxring
    expect 1 unload
    exec 9<&-
    python3 -I -S - <<'END' &
import mmap, os, time
fd = os.open("/dev/rxring", os.O_RDONLY)
memory = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ, offset=0x10000000)
os.close(fd)
open("/run/mapped", "w").write("yes\n")
time.sleep(60)
END
    eventually 20 test -s /run/mapped
    expect 1 unload
    expect_output '*Resource temporarily unavailable*'
    kill $!
    wait $! || :
    unload
}

test_5_silly_parameters_are_refused_and_the_log_says_why() {
    local slots
    for slots in 0 1 3 8192 4294967295; do
        expect "$EINVAL" load slots="$slots"
        dmesg | tail -n 1 | grep -q "rxlab_ring: slots=$slots: must be a power of two from 2 to 4096" || fail "$slots"
    done
}

test_6_make_load_test_unload_do_what_the_readme_says() {
    expect 0 by_make load slots=64
    expect_output '*rxlab_ring is loaded:*/dev/rxring*crw-rw----*Next: make test*'
    expect 0 timeout 20 bash -c "$(sed -n 's/^Try: \(.*\)    Next: .*/\1/p' <<<"$output")"
    expect_output hello
    expect 0 by_make test
    expect_output '*Everything went as described.*Next: make unload*'
    [[ $output != *FAILED* ]] || fail "$output"
    grep 'times as fast' <<<"$output"
    expect 0 by_make unload
    expect_output '*rxlab_ring is unloaded*'
}

# Of four packets the second is missing. No other packet comes: only the time tells that the wait for it is over.
test_7_a_receiver_that_sleeps_gives_up_a_gap_in_time() {
    local mode
    "$bin/feedsim" --group 239.1.1.1:30001 --packets 4 --messages-per-packet 5 --seed 7 --write-pcap /run/feed.pcap >/dev/null
    for mode in poll read; do
        load
        timeout 20 "$bin/ring_rx" --mode "$mode" --group 239.1.1.1:30001 --gap-wait 1000 --messages 15 \
            --json "/run/rx-$mode" >"/run/out-$mode" 2>&1 &
        eventually 20 grep -qs '^ready: ' "/run/out-$mode"
        python3 -I -S - <<'END'
import struct
data, frames, at = open("/run/feed.pcap", "rb").read(), [], 24
while at < len(data):
    length = struct.unpack_from("<I", data, at + 8)[0]
    frames.append(data[at + 16:at + 16 + length])
    at += 16 + length
for frame in frames[:1] + frames[2:4]:
    with open("/dev/rxring", "wb", buffering=0) as ring:
        ring.write(frame)
END
        wait $! || fail "$mode: $(cat "/run/out-$mode")"
        grep -q '"missed_messages": 5' "/run/rx-$mode" || fail "$mode: $(cat "/run/rx-$mode")"
        unload
    done
}

run_claims
