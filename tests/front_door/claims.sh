#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A test that cannot fail is none: what tests/claims.sh makes of claims that hold, fail, and cannot be tried.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A script with one claim, which has that body.
claims() { # BODY [OTHER FUNCTIONS]
    printf '. %q\n%s\ntest_it() {\n%s\n}\nrun_claims\n' "$RXLAB_SOURCE_DIR/tests/claims.sh" "${2:-}" "$1" >"$work/script.sh"
    bash "$work/script.sh"
}

test_a_claim_that_holds_is_ok() {
    expect 0 claims 'true'
    expect_output 'ok      test_it'
}

test_a_bare_command_that_fails_ends_the_claim_and_is_named() {
    local body
    for body in 'cmp /dev/null /bin/sh; true' '[[ 1 == 2 ]]; true' '((0)); true' 'false; true' '! true | false; false; true'; do
        expect 1 claims "$body"
        expect_output $'*script.sh line *: status 1: *\nFAILED  test_it'
    done
}

test_a_failure_in_a_function_or_a_pipeline_of_the_claim_ends_it() {
    expect 1 claims 'deep; true' 'deep() { false; true; }'
    expect_output $'*line *: false\nFAILED  test_it'
    expect 1 claims 'x=$(false); true'
    expect_output '*FAILED  test_it'
}

test_fail_expect_and_eventually_say_line_and_reason() {
    expect 1 claims 'fail "on purpose"'
    expect_output $'    line *: on purpose\nFAILED  test_it'
    expect 1 claims 'expect 3 false'
    expect_output $'    line *: false ended with 1 instead of 3: \nFAILED  test_it'
    expect 1 claims 'eventually 0 false'
    expect_output $'    line *: not in time: false\nFAILED  test_it'
}

test_a_skip_is_no_pass() {
    expect 77 claims 'skip "no such machine"'
    expect_output $'skipped: no such machine\nskipped test_it'
}

test_tidy_runs_to_its_end_and_does_not_change_the_outcome() {
    local tidy="tidy() { false; echo tidied >>$work/tidied; }"
    expect 0 claims true "$tidy"
    expect 1 claims false "$tidy"
    [[ $(grep -c tidied "$work/tidied") == 2 ]] || fail 'not tidied'
}

test_what_a_claim_leaves_behind_fails_it() {
    expect 1 claims "touch $work/left/file" "snapshot() { mkdir -p $work/left; ls $work/left; }"
    expect_output $'*> file\nFAILED  test_it'
}

run_claims
