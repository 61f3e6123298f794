#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Scripts are bash or Python, and clean under shellcheck or pyflakes.
# shellcheck source=../claims.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../claims.sh"
cd "$RXLAB_SOURCE_DIR" || exit 1

# By its first line or its name; nothing that was built, measured or fetched.
scripts() { # FIRST LINE [NAME]
    {
        grep -rIlE --exclude-dir={.git,build,results,node_modules} "^#!$1" .
        [[ -z ${2:-} ]] || find . \( -name .git -o -name build -o -name results -o -name node_modules \) -prune -o -name "$2" -print
    } | sort -u
}

clean_under() { # PROGRAM SCRIPT…
    command -v "$1" >/dev/null || skip "$1 is not installed (apt-get install $1)"
    (($# > 5)) || fail "only $# scripts found: the search is wrong"
    "$1" -- "${@:2}"
}

test_shell_scripts_are_clean_under_shellcheck() {
    mapfile -t found < <(scripts '(/usr)?/bin/(env )?(ba)?sh' '*.sh')
    clean_under shellcheck "${found[@]}"
}

test_python_programs_are_clean_under_pyflakes() {
    mapfile -t found < <(scripts '(/usr)?/bin/(env )?python3' '*.py')
    clean_under pyflakes3 "${found[@]}"
}

# Diagrams are drawn in a browser, by node; a guest has busybox before it has anything else.
test_no_script_is_in_another_language() {
    mapfile -t found < <(scripts '')
    ! grep -m 1 -nH '^#!' -- "${found[@]}" | grep ':1:' |
        grep -vE ':#!(/usr/bin/env (bash|python3|node)|/bin/(bash|sh)|/(bin|run/rxlab)/busybox sh)$' || fail 'see above'
}

run_claims "$@"
