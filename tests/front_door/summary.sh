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
set(program cat program.txt)
set(failing sh -c "cat failing.txt && exit 1")
set(crashing sh -c "cat crashing.txt && kill -SEGV $$")
set(leaking sh -c "cat program.txt && echo 'leaked: 7 bytes' && exit 1")
set(guest sh -c "echo booting && cat program.txt")
set(absent /no/such/program)
END
    local name
    for name in "$@"; do
        echo "add_test($name \${$name})"
        echo "set_tests_properties($name PROPERTIES SKIP_RETURN_CODE 77)"
    done
}

# What programs of GoogleTest print.
begin='Running main() from ./googletest/src/gtest_main.cc
[==========] Running 3 tests from 2 test suites.
[----------] Global test environment set-up.
[----------] 2 tests from A
[ RUN      ] A.Works
words of its own [       OK ] A.Works (3 ms)
[ RUN      ] A.NeedsRoot
/a/b_test.cpp:12: Skipped
needs root

[  SKIPPED ] A.NeedsRoot (0 ms)
[----------] 2 tests from A (3 ms total)

[----------] 1 test from Each/B
[ RUN      ] Each/B.Counts/1'
cat >"$work/program.txt" <<END
$begin
[       OK ] Each/B.Counts/1 (0 ms)
[----------] Global test environment tear-down
[  PASSED  ] 2 tests.
END
cat >"$work/failing.txt" <<END
$begin
/a/b_test.cpp:30: Failure
two is not one
[  FAILED  ] Each/B.Counts/1, where GetParam() = 1 (0 ms)
[----------] Global test environment tear-down
[  PASSED  ] 1 test.
[  FAILED  ] 1 test, listed below:
[  FAILED  ] Each/B.Counts/1, where GetParam() = 1
END
cat >"$work/crashing.txt" <<END
$begin
about to divide
END

# Runs those tests, and the summary on ctest's report.
summarise() { # NAME…
    write_tests "$@" >"$work/CTestTestfile.cmake"
    (cd "$work" && ctest --output-junit "$work/report.xml") >"$work/log" 2>&1 || true
    "$summary" "$work/report.xml"
}

test_counts_passed_failed_and_skipped_apart() {
    expect 1 summarise pass fail skip
    expect_output $'*\nFAILED   fail\n1 passed, 1 failed, 1 skipped'
}

test_gives_the_reason_of_each_skip() {
    expect 0 summarise pass skip program
    expect_output $'*skipped  skip: no <such> device\nskipped  program.A.NeedsRoot: needs root\n3 passed, 0 failed, 2 skipped'
}

test_counts_each_test_of_a_googletest_program() {
    expect 0 summarise program
    expect_output $'*\n2 passed, 0 failed, 1 skipped'
    expect 1 summarise failing
    expect_output $'*\nFAILED   failing.Each/B.Counts/1\n         | /a/b_test.cpp:30: Failure\n         | two is not one\n         | \[  FAILED  ] *1 passed, 1 failed, 1 skipped'
}

test_names_the_test_that_crashed_its_program() {
    expect 1 summarise crashing
    expect_output $'*\nFAILED   crashing.Each/B.Counts/1\n         | about to divide\n1 passed, 1 failed, 1 skipped'
}

test_a_program_that_fails_outside_its_tests_has_failed() {
    expect 1 summarise leaking
    expect_output $'*\nFAILED   leaking\n*| leaked: 7 bytes\n2 passed, 1 failed, 1 skipped'
}

test_a_script_that_runs_such_a_program_is_one_test() {
    expect 0 summarise guest
    expect_output $'*\n1 passed, 0 failed, 0 skipped'
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
