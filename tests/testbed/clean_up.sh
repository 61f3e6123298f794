#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: clean_up.sh root|user: however a bed ends, nothing of it is left.
# shellcheck source=testbed.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/testbed.sh"

# Root's beds of these tests take huge pages, so that giving them back is tested each time: from a number
# of this script's own, because the machine's also changes when someone else measures.
if [[ $1 == root && $EUID == 0 && -z ${RXLAB_TEST_OWN_HUGE_PAGES:-} ]]; then
    export RXLAB_TEST_OWN_HUGE_PAGES=yes
    exec unshare --mount bash -c '
        mount -t tmpfs tmpfs "$0" && echo 3 >"$0/nr_hugepages" && echo 100 >"$0/free_hugepages" && exec bash "$@"' \
        "$huge_pages_dir" "$0" "$@"
fi

# A program in the bed that does not want to go: it ignores SIGTERM. Its id in $stubborn.
start_stubborn_program() {
    start_program 'trap "" TERM;'
}

start_program() { # FIRST
    "$veth" exec rx sh -c "$1"' while :; do sleep 1000; done' 2>/dev/null &
    stubborn=$!
    disown # no message when it is killed
    eventually 5 pgrep -P "$stubborn" -x sleep >/dev/null
}

huge_pages_wanted=''
up() {
    if ((EUID == 0)); then
        huge_pages_before=$(huge_pages)
        huge_pages_wanted=$((huge_pages_before + 4))
        "$veth" up --huge-pages 4 "$@"
        [[ $(huge_pages) == "$huge_pages_wanted" ]] || fail "no huge pages"
    else
        "$veth" up "$@"
    fi
}

expect_nothing_left() { # SECONDS
    eventually "$1" nothing_left
    [[ -z ${stubborn:-} ]] || gone "$stubborn" || fail "program $stubborn is still there"
    [[ -z $huge_pages_wanted ]] || [[ $(huge_pages) == "$huge_pages_before" ]] || fail "huge pages left"
}

test_beds_with_huge_pages_may_end_in_any_order() {
    ((EUID == 0)) || return 0 # an ordinary user has none
    local before first
    before=$(huge_pages)
    for first in "$RXLAB_BED" "$RXLAB_BED-b"; do
        "$veth" up --huge-pages 4
        RXLAB_BED=$RXLAB_BED-b "$veth" up --huge-pages 6
        RXLAB_BED=$first "$veth" down
        [[ $(huge_pages) == $((before + $([[ $first == "$RXLAB_BED" ]] && echo 6 || echo 4))) ]] ||
            fail "the other bed lost pages"
        "$veth" down
        RXLAB_BED=$RXLAB_BED-b "$veth" down
        [[ $(huge_pages) == "$before" ]] || fail "$(huge_pages) huge pages instead of $before"
    done
}

test_down_ends_the_programs_inside() {
    up
    start_stubborn_program
    "$veth" down
    expect_nothing_left 0
}

test_down_asks_programs_before_it_kills_them() {
    up
    local file
    file=$(mktemp)
    "$veth" exec tx sh -c 'trap "echo asked >\"$1\"; exit 0" TERM; while :; do sleep 0.05; done' sh "$file" 2>/dev/null &
    eventually 5 pgrep -P $! -x sleep >/dev/null
    disown
    "$veth" down
    output=$(cat "$file")
    rm "$file"
    expect_output asked
}

test_death_of_the_owner_takes_the_bed_down() {
    sleep 1000 &
    local owner=$!
    disown
    up --owner "$owner"
    start_stubborn_program
    expect 0 "$veth" status
    expect_output "*owner $owner"
    kill -KILL "$owner"
    expect_nothing_left 10
    expect 3 "$veth" status
}

test_an_owner_that_nobody_has_waited_for_counts_as_dead() {
    # The parent of this owner never collects it: it stays a zombie.
    "$python" -c '
import os, sys, time
child = os.fork()
if child == 0:
    time.sleep(1000)
print(child, flush=True)
time.sleep(1000)' >"/tmp/$RXLAB_BED.owner" &
    local parent=$!
    disown
    eventually 5 test -s "/tmp/$RXLAB_BED.owner"
    local owner
    owner=$(cat "/tmp/$RXLAB_BED.owner")
    rm "/tmp/$RXLAB_BED.owner"
    up --owner "$owner"
    kill -KILL "$owner"
    expect_nothing_left 10
    kill -KILL "$parent"
}

test_an_owner_that_does_not_exist_is_refused() {
    local pid
    sleep 0 &
    pid=$!
    wait "$pid"
    expect 1 "$veth" up --owner "$pid"
    expect_output "veth: watch owner $pid: no such process"
    nothing_left || fail "left"
}

test_death_of_the_keeper_takes_the_bed_down() {
    up
    start_stubborn_program
    kill -KILL "$(keeper_of_bed)"
    expect_nothing_left 10
    expect 3 "$veth" status
    expect 0 "$veth" up
    expect 0 "$veth" exec rx true
}

test_death_of_any_process_of_the_bed_takes_it_down() {
    local count=0 pid
    sleep 1000 &
    local owner=$!
    disown
    while :; do
        up --owner "$owner"
        # Keeper, guard, the owner's watch.
        mapfile -t pids < <({ processes_of_bed; pgrep -f "wait_for_exit.py $owner"; } | sort -n)
        ((count < ${#pids[@]})) || break
        pid=${pids[count++]}
        kill -KILL "$pid"
        expect_nothing_left 10
    done
    ((count == 3)) || fail "$count processes instead of 3"
    kill "$owner"
    expect_nothing_left 10
}

test_what_is_left_when_all_are_killed_at_once_goes_with_the_next_command() {
    local next pids
    for next in status up down; do
        up
        start_program ''
        # Stopped first: the one killed last would see the others go, and clean up.
        mapfile -t pids < <(processes_of_bed)
        kill -STOP "${pids[@]}"
        kill -KILL "${pids[@]}"
        eventually 5 eval '[[ -z $(processes_of_bed) ]]'
        gone "$stubborn" && fail "the test shows nothing: the program has ended already"
        "$veth" "$next" >/dev/null || [[ $next == status ]]
        gone "$stubborn" || fail "program $stubborn is there after $next"
        if [[ $next == up ]]; then
            expect 0 "$veth" exec rx true
            "$veth" down
        fi
        expect_nothing_left 0
    done
}

# Runs `veth up` in a process group of its own, signals that group after each delay, and then runs a check.
signal_during_up() { # SIGNAL CHECK…
    local delay pid status interrupted=0
    set -m # job control: the background job keeps its default signal actions
    for delay in 0.00 0.01 0.02 0.03 0.045 0.06 0.08 0.12; do
        "$veth" up &
        pid=$!
        sleep "$delay"
        kill "-$1" -- "-$pid" 2>/dev/null || true
        status=0
        wait "$pid" 2>/dev/null || status=$?
        if ((status != 0)); then
            interrupted=$((interrupted + 1))
            "${@:2}" || fail "left after a signal at $delay s: exit status $status; $(ls -A "$(state_dir)" 2>&1); $(pgrep -af "rxlab-veth-$UID-$RXLAB_BED")"
        fi
        "$veth" down
        nothing_left || fail "left by down after a signal at $delay s"
    done
    ((interrupted > 0)) || fail "no attempt hit the building of the bed"
}

test_ctrl_c_at_any_moment_of_up_leaves_nothing() { signal_during_up INT nothing_left; }

# If `up` was killed after its last step, the bed is whole; before that, the keeper takes it down. Nobody is
# left to remove a directory that `up` had only just made: the next command does.
a_whole_bed_or_nothing() {
    eventually 10 eval '[[ -z $(processes_of_bed) ]] || "$veth" exec rx true 2>/dev/null'
    "$veth" status >/dev/null || nothing_left
}

test_kill_at_any_moment_of_up_leaves_a_whole_bed_or_nothing() {
    signal_during_up KILL a_whole_bed_or_nothing
}

# Runs `veth up` with an `ip` that stops in the middle of the building, signals it there, and lets it go on.
signal_in_the_middle_of_up() { # SIGNAL; the exit status of up in $status
    local directory pid
    directory=$(mktemp -d)
    cat >"$directory/ip" <<END
#!/bin/sh
touch $directory/reached
until [ -e $directory/go ]; do sleep 0.02; done
exec $(command -v ip) "\$@"
END
    chmod +x "$directory/ip"
    set -m
    PATH=$directory:$PATH "$veth" up &
    pid=$!
    eventually 10 test -e "$directory/reached"
    kill "-$1" -- "-$pid"
    touch "$directory/go"
    status=0
    wait "$pid" 2>/dev/null || status=$?
    # The building may still need it.
    if [[ $1 == KILL ]]; then eventually 10 state_dir_gone; fi
    rm -r "$directory"
}

test_ctrl_c_in_the_middle_of_up_ends_with_130_and_nothing_left() {
    signal_in_the_middle_of_up INT
    ((status == 130)) || fail "exit status $status"
    nothing_left || fail "left"
}

test_kill_in_the_middle_of_up_leaves_nothing() {
    signal_in_the_middle_of_up KILL
    eventually 10 nothing_left
}

run_tests "$@"
