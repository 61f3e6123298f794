#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The closing lines of ./rxlab test: a skip never reads as a pass.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
summary=$RXLAB_SOURCE_DIR/tests/summary.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The tests of a build folder, for ctest; each ends as its name says.
write_tests() {
    cat <<'END'
set(pass true)
set(fail false)
set(talk sh -c "seq 1000 && echo 'at <last>' && exit 1")
set(skip sh -c "echo working && echo 'skipped: no <such> device' && exit 77")
set(gtest-skip printf "/a/b_test.cpp:12: Skipped\\nneeds root\\n\\n[  SKIPPED ] A.B (0 ms)\\n")
set(absent /no/such/program)
END
    local name
    for name in "$@"; do
        echo "add_test($name \${$name})"
        echo "set_tests_properties($name PROPERTIES SKIP_RETURN_CODE 77 SKIP_REGULAR_EXPRESSION \"SKIPPED\")"
    done
}

# Runs those tests, and the summary on ctest's report.
summarise() { # pass|fail|skip|gtest-skip|absent…
    write_tests "$@" >"$work/CTestTestfile.cmake"
    (cd "$work" && ctest --output-junit "$work/report.xml") >"$work/log" 2>&1 || true
    "$summary" "$work/report.xml"
}

test_counts_passed_failed_and_skipped_apart() {
    expect 1 summarise pass fail skip gtest-skip
    expect_output $'*\nFAILED   fail\n1 passed, 1 failed, 2 skipped'
}

test_gives_the_reason_of_each_skip() {
    expect 0 summarise pass skip gtest-skip
    expect_output $'*skipped  skip: no <such> device\nskipped  gtest-skip: needs root\n1 passed, 0 failed, 2 skipped'
}

test_shows_the_last_lines_of_what_failed() {
    expect 1 summarise pass talk
    expect_output $'*FAILED   talk\n         | 987\n*| 1000\n         | at <last>\n1 passed, 1 failed, 0 skipped'
}

test_a_test_that_passed_when_run_again_is_named_and_passes() {
    summarise pass talk fail >"$work/first" 2>&1 || true
    cp "$work/report.xml" "$work/first.xml"
    write_tests pass talk | sed 's/^set(talk .*/set(talk true)/' >"$work/CTestTestfile.cmake"
    (cd "$work" && ctest -R talk --output-junit "$work/again.xml") >"$work/log" 2>&1
    expect 1 "$summary" "$work/first.xml" "$work/again.xml"
    expect_output $'*UNSTEADY talk: failed, and passed when it was run again\n*| at <last>\nFAILED   fail\n2 passed, 1 failed, 0 skipped'
}

test_a_test_that_failed_twice_has_failed() {
    summarise pass fail >"$work/first" 2>&1 || true
    expect 1 "$summary" "$work/report.xml" "$work/report.xml"
    expect_output $'*FAILED   fail\n1 passed, 1 failed, 0 skipped'
}

test_a_test_that_could_not_start_has_failed() {
    expect 1 summarise pass absent
    expect_output $'*FAILED   absent\n*/no/such/program\n1 passed, 1 failed, 0 skipped'
}

test_no_report_or_an_empty_one_is_a_failure() {
    expect 1 "$summary" "$work/none.xml"
    expect 1 summarise
}

run_claims
