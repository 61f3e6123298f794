# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A walk through what a module does: each command and its outcome are printed. The try.sh beside each module sources this;
# `make test` runs that. Exit 0: everything went as described, 1: something did not.
set -u
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
failed=0

# The commands call this program by its name.
companion() { # PROGRAM
    PATH=$(cd -- "$(dirname -- "$1")" && pwd):$PATH
}

title() { printf '\n%s\n' "$*"; }

# shows EXPECTED COMMAND: runs the command; its output (both streams) must match the pattern.
shows() {
    local output
    printf '  $ %s\n' "$2"
    output=$(timeout 60 bash -c "$2" 2>&1)
    [[ -z $output ]] || printf '    %s\n' "${output//$'\n'/$'\n    '}"
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $1 ]] && return
    printf '    FAILED: expected: %s\n' "$1"
    failed=1
}

arrive() { # NEXT
    echo
    if ((failed == 0)); then
        echo "Everything went as described. README.md explains each step. Next: $1"
    else
        echo 'Something did not go as described: see FAILED above, and: dmesg | tail' >&2
    fi
    exit "$failed"
}
