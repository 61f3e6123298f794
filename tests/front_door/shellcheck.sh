#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every shell script of the repository is clean under shellcheck.
set -u
cd "$RXLAB_SOURCE_DIR" || exit 1
command -v shellcheck >/dev/null || {
    echo "skipped: shellcheck is not installed (apt-get install shellcheck)"
    exit 77
}
# By its first line or its name; nothing that was built, measured or fetched.
mapfile -t scripts < <(
    {
        grep -rIlE --exclude-dir={.git,build,results,node_modules} '^#!(/usr)?/bin/(env )?(ba)?sh' .
        find . \( -name .git -o -name build -o -name results -o -name node_modules \) -prune -o -name '*.sh' -print
    } | sort -u
)
((${#scripts[@]} > 5)) || {
    echo "only ${#scripts[@]} scripts found: the search is wrong"
    exit 1
}
printf '%s\n' "${scripts[@]}"
shellcheck -- "${scripts[@]}"
