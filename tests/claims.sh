# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests in bash share. Each function test_… of a script is one claim, and run_claims runs them all,
# each in a subshell.
set -u

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

# Stand-ins for what a script adds around each claim: what must be the same before and after, and what to do
# at the end of a claim, also of a failed one.
snapshot() { :; }
tidy() { :; }

run_claims() {
    local claim before failed=0
    for claim in $(compgen -A function test_); do
        before=$(snapshot)
        if (
            set -e
            trap tidy EXIT
            "$claim"
        ) && [[ $(snapshot) == "$before" ]]; then
            echo "ok      $claim"
        else
            diff <(echo "$before") <(snapshot)
            echo "FAILED  $claim"
            failed=1
        fi
    done
    exit $failed
}
