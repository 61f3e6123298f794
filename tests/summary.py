#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""summary.py REPORT.xml [AGAIN.xml]: the closing lines of ./rxlab test, from ctest's JUnit report: each skipped
test with its reason, each test that failed with the last lines it printed, and "N passed, N failed, N skipped".
AGAIN.xml: of a second run of those that failed. What passes there counts as passed and is named as unsteady.
Exit: 0, or 1 if a test failed or the report has none."""
import re
import sys
import xml.etree.ElementTree as xml


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


def reason(test: xml.Element) -> str:
    """What the test printed: "skipped: REASON" of our scripts, the line after "Skipped" of GoogleTest's, else
    ctest's own word."""
    found = (re.search(r"^skipped: *(.+)$", output(test), re.M)
             or re.search(r"^.*: Skipped\n(.+)$", output(test), re.M))
    return found[1] if found else message(test) or "no reason given"


def last_lines(test: xml.Element) -> str:
    lines = output(test).split("\n") if output(test) else []
    return "".join(f"\n         | {line}" for line in lines[-15:])


report = tests_of(sys.argv[1])
again = tests_of(sys.argv[2]) if len(sys.argv) > 2 else []
passed_again = {test.get("name") for test in again if test.get("status") == "run"}
passed = 0
skipped, unsteady, failed = [], [], []
for test in report:
    name = test.get("name")
    if test.get("status") == "run":
        passed += 1
    elif re.match("SKIP_|Disabled", message(test)):  # not: "Unable to find executable"
        skipped.append(f"skipped  {name}: {reason(test)}")
    elif name in passed_again:
        passed += 1
        unsteady.append(f"UNSTEADY {name}: failed, and passed when it was run again{last_lines(test)}")
    else:
        failed.append(f"FAILED   {name}{last_lines(test)}")
print("", *skipped, *unsteady, *failed, f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped", sep="\n")
sys.exit(bool(failed) or passed + len(skipped) == 0)
