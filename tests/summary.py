#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summary.py REPORT.xml [AGAIN.xml]: the closing lines of ./rxlab test, from ctest's JUnit report: each skipped
test with its reason, each test that failed with the last lines it printed, and "N passed, N failed, N skipped".
Of a GoogleTest program each TEST counts, as PROGRAM.SUITE.TEST; ctest must keep all that it printed
(--test-output-size-passed, --test-output-size-failed).
AGAIN.xml: of a second run of those that failed. What passes there counts as passed and is named as unsteady.
Exit: 0, or 1 if a test failed or the report has none."""
from __future__ import annotations

import dataclasses
import re
import sys
import xml.etree.ElementTree as xml


@dataclasses.dataclass
class Result:
    name: str
    outcome: str  # passed, skipped or failed
    said: str  # why it was skipped; of one that failed, what it printed


def tests_of(path: str) -> list[xml.Element]:
    try:
        return list(xml.parse(path).iter("testcase"))
    except (OSError, xml.ParseError) as error:
        sys.exit(f"summary.py: read {path}: {getattr(error, 'strerror', None) or error}")


def output(test: xml.Element) -> str:
    return (test.findtext("system-out") or "").rstrip("\n")


def message(test: xml.Element) -> str:
    """ctest's own word."""
    found = test.find("skipped")
    if found is None:
        found = test.find("failure")
    return found.get("message", "") if found is not None else ""


def reason(text: str) -> str:
    """What the test printed: "skipped: REASON" of our scripts, or the line after "Skipped" of GoogleTest's."""
    found = re.search(r"^skipped: *(.+)$", text, re.M) or re.search(r"^.*: Skipped\n(.+)$", text, re.M)
    return found[1] if found else ""


# What GoogleTest prints about each TEST. Before the last bracket a test may have printed something itself.
RUN = re.compile(r"^\[ RUN      \] (\S+)\n", re.M)
END = re.compile(r"\[ *(OK|SKIPPED|FAILED) *\] (\S+?)(?:, where .*)? \(\d+ ms\)$", re.M)


def tests_inside(test: xml.Element) -> list[Result]:
    """Each TEST of a GoogleTest program; none of other tests, even if they run such a program."""
    text, program = output(test), test.get("name", "").split(".")[0]
    if not re.match(r"(Running main\(\).*\n)?(Note: .*\n)*\[==========\] Running ", text):
        return []
    results = []
    begins = list(RUN.finditer(text))
    for begin, following in zip(begins, [*begins[1:], None]):
        printed = text[begin.end():following.start() if following else None]
        end = END.search(printed)
        if end is None:  # it crashed, or its time ran out
            results.append(Result(f"{program}.{begin[1]}", "failed", printed))
        elif end[1] == "SKIPPED":
            results.append(Result(f"{program}.{end[2]}", "skipped", reason(printed) or "no reason given"))
        else:
            results.append(Result(f"{program}.{end[2]}", "passed" if end[1] == "OK" else "failed", printed[:end.end()]))
    return results


def results_of(test: xml.Element) -> list[Result]:
    name, word = test.get("name", ""), message(test)
    inside = tests_inside(test)
    if test.get("status") == "run":
        return inside or [Result(name, "passed", "")]
    if re.match("SKIP_|Disabled", word):  # not: "Unable to find executable"
        return [Result(name, "skipped", reason(output(test)) or word or "no reason given")]
    if all(result.outcome != "failed" for result in inside):  # it failed before or after its tests
        inside.append(Result(name, "failed", output(test)))
    return inside


def last_lines(text: str) -> str:
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    return "".join(f"\n         | {line}" for line in lines[-15:])


report = tests_of(sys.argv[1])
again = tests_of(sys.argv[2]) if len(sys.argv) > 2 else []
passed_again = {test.get("name") for test in again if test.get("status") == "run"}
passed = 0
skipped, unsteady, failed = [], [], []
for test in report:
    for result in results_of(test):
        if result.outcome == "passed":
            passed += 1
        elif result.outcome == "skipped":
            skipped.append(f"skipped  {result.name}: {result.said}")
        elif test.get("name") in passed_again:
            passed += 1
            unsteady.append(f"UNSTEADY {result.name}: failed, and passed when it was run again{last_lines(result.said)}")
        else:
            failed.append(f"FAILED   {result.name}{last_lines(result.said)}")
print("", *skipped, *unsteady, *failed, f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped", sep="\n")
sys.exit(bool(failed) or passed + len(skipped) == 0)
