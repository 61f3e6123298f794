# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of the veth test bed share. A test is `SCRIPT root|user`: the ordinary user is an id
# without name or home, which root can become. Each function test_… of the script is one claim; it runs in
# a subshell with a bed name of its own, and must leave the machine as it was.
set -u
veth=$RXLAB_SOURCE_DIR/testbed/veth/veth
export RXLAB_BED=test-$$
unset XDG_RUNTIME_DIR
ordinary=65534
python=/usr/bin/python3
[[ -x $python ]] || python=python3

skip() {
    echo "skipped: $*"
    exit 77
}

fail() {
    echo "    line ${BASH_LINENO[0]}: $*" >&2
    exit 1
}

# expect STATUS COMMAND…: runs it, its output (both streams) in $output.
expect() {
    local wanted=$1 got=0
    shift
    output=$("$@" 2>&1) || got=$?
    ((got == wanted)) ||
        { echo "    line ${BASH_LINENO[0]}: $* ended with $got instead of $wanted: $output" >&2; exit 1; }
}

expect_output() { # PATTERN
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $1 ]] ||
        { echo "    line ${BASH_LINENO[0]}: expected '$1', got '$output'" >&2; exit 1; }
}

# eventually SECONDS COMMAND…: the command succeeds within that time.
eventually() {
    local tries=$(($1 * 50))
    shift
    until "$@"; do
        ((tries-- > 0)) || { echo "    line ${BASH_LINENO[0]}: not in time: $*" >&2; exit 1; }
        sleep 0.02
    done
}

become() { # root|user ARGUMENTS…
    local who=$1
    if [[ $who == root ]]; then
        ((EUID == 0)) || skip "needs root"
    elif ((EUID == 0)); then
        local as=(setpriv "--reuid=$ordinary" "--regid=$ordinary" --clear-groups)
        "${as[@]}" test -r "$veth" || skip "the ordinary user cannot read $RXLAB_SOURCE_DIR"
        exec "${as[@]}" env -u HOME -u USER -u LOGNAME bash "$0" "$@"
    fi
}

state_dir() { echo "/tmp/rxlab-veth-$UID-$RXLAB_BED"; }
keeper_of_bed() { sed -n 's/^keeper=//p' "$(state_dir)/state"; }
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }
huge_pages() { cat /proc/sys/vm/nr_hugepages; }
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

run_tests() { # root|user
    local test before failed=0
    become "$@"
    output=$("$veth" check 2>&1) || skip "$output"
    for test in $(compgen -A function test_); do
        before=$(snapshot)
        if (
            set -e
            # A failed test must not leave its bed to the next one.
            trap '"$veth" down' EXIT
            "$test"
        ) && [[ $(snapshot) == "$before" ]]; then
            echo "ok      $test"
        else
            diff <(echo "$before") <(snapshot)
            echo "FAILED  $test"
            failed=1
        fi
    done
    exit $failed
}
