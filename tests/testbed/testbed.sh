# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of the veth test bed share. A test is `SCRIPT root|user`: the ordinary user is an id
# without name or home, which root can become. Each claim must leave the machine as it was.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
veth=$RXLAB_SOURCE_DIR/testbed/veth/veth
export RXLAB_BED=test-$$
unset XDG_RUNTIME_DIR
ordinary=65534
python=/usr/bin/python3
[[ -x $python ]] || python=python3

become() { # root|user ARGUMENTS…
    local who=$1
    if [[ $who == root ]]; then
        ((EUID == 0)) || skip "needs root"
    elif ((EUID == 0)); then
        local as=(setpriv "--reuid=$ordinary" "--regid=$ordinary" --clear-groups)
        need_open_clone
        exec "${as[@]}" env -u HOME -u USER -u LOGNAME bash "$0" "$@"
    fi
}

state_dir() { echo "/tmp/rxlab-veth-$UID-$RXLAB_BED"; }
keeper_of_bed() { sed -n 's/^keeper=//p' "$(state_dir)/state"; }
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }
huge_pages_dir=/sys/kernel/mm/hugepages/hugepages-2048kB
huge_pages() { cat "$huge_pages_dir/nr_hugepages"; }
state_dir_gone() { [[ ! -e $(state_dir) ]]; }
processes_of_bed() { pgrep -f "rxlab-veth-$UID-$RXLAB_BED" || true; }
nothing_left() { state_dir_gone && [[ -z $(processes_of_bed) ]]; }

# What a bed must leave as it found it; the tests that take huge pages look at those themselves.
snapshot() {
    ip -br link
    ip netns list
    cut -d' ' -f3- /proc/self/mountinfo
    ls -d /tmp/rxlab-veth-"$UID"-test-$$* 2>/dev/null
}

# A failed claim must not leave its bed to the next one.
tidy() { "$veth" down; }

run_tests() { # root|user
    become "$@"
    output=$("$veth" check 2>&1) || skip "$output"
    run_claims
}
