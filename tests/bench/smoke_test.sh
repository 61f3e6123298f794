#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# smoke_test.sh BIN: rxbench with the real receivers, the real sender and a real test bed. Only what
# does not depend on the machine's speed is checked.

# shellcheck source=tests/bench/bed.bash
. "$(dirname "${BASH_SOURCE[0]}")/bed.bash"

bin=$1
failures=0

fail() {
    printf 'FAILED: %s\n' "$*"
    failures=$((failures + 1))
}

# Whatever a run of this process id made is gone, at the latest after 20 s.
expect_nothing_left() { # PID
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        if ! pgrep -f "keeper.sh.*bench-$1\$|keeper.sh.*bench-$1 " >/dev/null &&
            ! compgen -G "/dev/shm/rxlab-*" >/dev/null; then
            return
        fi
        sleep 0.1
    done
    fail "left behind by rxbench $1: $(pgrep -af "keeper.sh.*bench-$1") $(compgen -G '/dev/shm/rxlab-*')"
}

whole_run() {
    local gate name
    "$bin/rxbench" run --rounds 2 --seconds 0.3 --keep-traces --output "$scratch/out" \
        >"$scratch/stdout" 2>"$scratch/stderr" || {
        fail "rxbench run: exit status $?: $(<"$scratch/stderr")"
        return
    }
    for name in result.json tables.md {single,multi}-{percentiles,timeline}.svg; do
        [[ -s $scratch/out/$name ]] || fail "$name was not written"
    done
    for name in 'Kernel socket, blocking' 'Kernel socket, spinning' 'DPDK over AF_PACKET'; do
        (($(grep -c "^  $name" "$scratch/stdout") >= 2)) || fail "no rows for $name"
    done
    "$bin/rxbench" check "$scratch/out/result.json" >"$scratch/gates"
    "$bin/rxbench" compare "$scratch/out/result.json" "$scratch/out/result.json" >"$scratch/same" ||
        fail "rxbench compare: exit status $?"
    grep -q 'are the same' "$scratch/same" || fail "a result differs from itself"
    "$bin/rxbench" sins "$scratch/out/traces" >"$scratch/sins" || fail "rxbench sins: exit status $?"
    grep -q 'single, kernel-spin-again, 2 runs' "$scratch/sins" || fail "traces were not kept"
    [[ -s $scratch/out/sins.json && -s $scratch/out/sins.md ]] || fail "rxbench sins wrote nothing beside the traces"
    for gate in ledger-closed no-negative-latency trace-complete same-book true-book; do
        grep -q "^pass .*$gate" "$scratch/gates" || fail "no gate $gate"
        ! grep "^fail .*$gate" "$scratch/gates" || fail "gate $gate"
    done
}

next_run() {
    "$bin/rxbench" run --receiver kernel-spin --scenario single --rounds 1 --seconds 0.3 --no-control \
        --output "$scratch/next" >"$scratch/stdout" 2>"$scratch/stderr" ||
        fail "rxbench run after a killed one: exit status $?: $(<"$scratch/stderr")"
}

# Not one that has ended and waits for its new parent to notice.
runs() { # PID
    [[ $(ps -o stat= -p "$1") == [!Z]* ]]
}

# What the bed runs dies with rxbench at once, also where entering a user namespace took the
# parent-death signal away: the keeper's two seconds of grace would be as many of wrong figures for
# whoever measures next.
killed_outright() {
    start_run
    kill -s KILL "$pid"
    wait "$pid"
    local tries
    for ((tries = 0; tries < 10; tries++)); do
        runs "$receiver" || break
        sleep 0.1
    done
    ! runs "$receiver" || fail "kernel_rx outlived a killed rxbench by a second"
    exec 7<&-
}

# The kernel's stamp lies between sending and receiving, or a stage would be negative.
stamped_run() { # NAME OPTION…: the receiver with stamps, options that ask for them
    local name=$1
    shift
    "$bin/rxbench" run --scenario single --rounds 2 --seconds 0.3 --no-control "$@" --output "$scratch/stamped" \
        >"$scratch/stdout" 2>"$scratch/stderr" || {
        fail "rxbench run $*: exit status $?: $(<"$scratch/stderr")"
        return
    }
    grep -q 'kernel to program' "$scratch/stamped/tables.md" || fail "no stage for the kernel's stamp"
    python3 - "$name" "$scratch/stamped/result.json" <<'END' || fail "the kernel's stamps are not between sending and receiving"
import json, sys
name, path = sys.argv[1:]
(one,) = [each for each in json.load(open(path))["scenarios"][0]["receivers"] if each["name"] == name]
assert len(one["runs"]) == 2
for run in one["runs"]:
    assert run["trace"]["receiver_overflow"] == 0
    for stage in (run["stages"]["arrival"], run["stages"]["delivery"]):
        assert stage["p50_ns"] > 0 and stage["negative"] < 0.01 * run["figures"]["samples"], stage
END
}

load_run() {
    "$bin/rxbench" load --receiver kernel-block --rate-min 1000 --rate-max 2000 --halvings 0 \
        --seconds 0.3 --profile microburst --burst 8 --output "$scratch/load" \
        >"$scratch/stdout" 2>"$scratch/stderr" || {
        fail "rxbench load: exit status $?: $(<"$scratch/stderr")"
        return
    }
    [[ -s $scratch/load/load.json && -s $scratch/load/load.md ]] || fail "rxbench load wrote nothing"
    grep -q 'bursts of 8 packets' "$scratch/stdout" || fail "the profile is not said"
}

# Whether a receiver keeps up is no test; that its row is made of 157,000 packets/s is.
open_run() {
    "$bin/rxbench" load --receiver kernel-spin --profile market-open --trials 2 --seconds 0.2 \
        --output "$scratch/open" >"$scratch/stdout" 2>"$scratch/stderr" || {
        fail "rxbench load --profile market-open: exit status $?: $(<"$scratch/stderr")"
        return
    }
    python3 - "$scratch/open/load.json" <<'END' || fail "the trials are not those of a market open"
import json, sys
series = json.load(open(sys.argv[1]))["series"][0]
assert len(series["points"]) == 2
for point in series["points"]:
    if not point.get("failure"):
        assert point["rate"] == 157_000 and abs(point["messages"] / point["sent"] - 2.7) < 0.2, point
END
    grep -q 'keep up with a market open' "$scratch/stdout" || fail "no table of the market open"
}

# A socket, another of the same, and DPDK take the same packets: every digest is the sender's.
together_run() {
    "$bin/rxbench" run --together --receiver kernel-block --receiver kernel-block --receiver dpdk-af_packet \
        --scenario single --rounds 2 --seconds 0.3 --rate 2000 --output "$scratch/together" \
        >"$scratch/stdout" 2>"$scratch/stderr" || {
        fail "rxbench run --together: exit status $?: $(<"$scratch/stderr")"
        return
    }
    python3 - "$scratch/together/result.json" <<'END' || fail "not every receiver had the feed"
import json, sys
(scenario,) = json.load(open(sys.argv[1]))["scenarios"]
assert [each["name"] for each in scenario["receivers"]] == ["kernel-block", "kernel-block-2", "dpdk-af_packet"]
for round in range(2):
    runs = [each["runs"][round] for each in scenario["receivers"]]
    assert len({run["sender"]["digest"] for run in runs}) == 1
    for run in runs:
        assert run["ledger"]["sent"] == 600 and run["ledger"]["received"] + run["ledger"]["lost"] == 600
        assert run["ledger"]["lost"] > 0 or run["receiver"]["digest"] == run["sender"]["digest"], run
END
}

# A backlog of which nothing was lost, and which was complete before the receiver went on.
drain_run() {
    "$bin/rxbench" drain --receiver kernel-spin --receiver kernel-recvmmsg --rounds 1 --backlog 100 \
        --output "$scratch/drain" >"$scratch/stdout" 2>"$scratch/stderr" || {
        fail "rxbench drain: exit status $?: $(<"$scratch/stderr") $(<"$scratch/stdout")"
        return
    }
    [[ -s $scratch/drain/drain.json && -s $scratch/drain/drain.md ]] || fail "rxbench drain wrote nothing"
    (($(grep -c '1 of 1' "$scratch/stdout") == 2)) || fail "no figures of both receivers: $(<"$scratch/stdout")"
}

# What a program reads is the file, and nothing stands before or after it.
json_runs() {
    local command options
    while read -r command options; do
        # shellcheck disable=SC2086 # words
        "$bin/rxbench" "$command" $options --receiver kernel-spin --rounds 1 --json --output "$scratch/$command" \
            >"$scratch/stdout" 2>"$scratch/stderr" || fail "rxbench $command --json: exit status $?: $(<"$scratch/stderr")"
        cmp "$scratch/stdout" "$scratch/$command/$command.json" || fail "rxbench $command --json: $(<"$scratch/stdout")"
    done <<'END'
drain --backlog 100
recovery --gap 5 --orders 200
END
}

# Starts a long run and returns once a receiver runs; sets `pid`.
start_run() {
    mkfifo "$scratch/progress"
    "$bin/rxbench" run --receiver kernel-spin --scenario single --seconds 60 \
        --output "$scratch/long" >"$scratch/stdout" 2>"$scratch/progress" &
    pid=$!
    exec 7<"$scratch/progress"
    rm "$scratch/progress"
    IFS= read -r -t 30 _ <&7 || fail "the run does not begin"
    for ((tries = 0; tries < 200; tries++)); do
        receiver=$(pgrep -P "$pid" -x kernel_rx) && pgrep -P "$pid" -x feedsim >/dev/null && return
        sleep 0.1
    done
    fail "no receiver and sender after 20 s"
}

interrupted_run() { # SIGNAL STATUS
    start_run
    kill -s "$1" "$pid"
    wait "$pid"
    local status=$?
    ((status == $2)) || fail "after SIG$1: exit status $status instead of $2"
    if kill -0 "$receiver" 2>/dev/null; then
        sleep 2
        ! kill -0 "$receiver" 2>/dev/null || fail "kernel_rx outlived SIG$1"
    fi
    exec 7<&-
    [[ ! -e $scratch/long/result.json ]] || fail "a result of an interrupted run"
}

# A run that fails is made once more.
dying_receiver() {
    start_run
    local first=$receiver tries
    kill -SEGV "$receiver"
    for ((tries = 0; tries < 200; tries++)); do
        receiver=$(pgrep -P "$pid" -x kernel_rx) && [[ $receiver != "$first" ]] &&
            pgrep -P "$pid" -x feedsim >/dev/null && break
        sleep 0.1
    done
    kill -SEGV "$receiver"
    wait "$pid"
    local status=$?
    ((status == 1)) || fail "with a dead receiver: exit status $status instead of 1"
    (($(grep -c 'single round 1: kernel-spin: died in the run: signal 11' <&7) == 2)) ||
        fail "which receiver died, and how, is not said"
    exec 7<&-
    expect_nothing_left "$pid"
}

whole_run
stamped_run kernel-block --receiver kernel-block --kernel-timestamps
stamped_run variant --receiver kernel-block --variant 'variant=kernel-spin --kernel-timestamps'
load_run
open_run
together_run
drain_run
json_runs
interrupted_run INT 130
expect_nothing_left "$pid"
interrupted_run TERM 143
expect_nothing_left "$pid"
dying_receiver
# The traces of a run whose rxbench was killed outright are removed by the next; the rest goes at once.
killed_outright
next_run
expect_nothing_left "$pid"
((failures == 0))
