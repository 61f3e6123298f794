# shellcheck shell=bash disable=SC2154 # variables of test
# SPDX-License-Identifier: MIT
#
# `./rxlab test --everywhere`: each release in turn, then one table, from the result files alone.

# A row for each thing, a column for each release.
row() { # NAME VALUE…
    printf '|'
    printf ' %s |' "$@"
    printf '\n'
}

values_of() { # KEY: sets values
    local each
    values=()
    for each in "${suites[@]}"; do
        read_result "$folders/$each"
        case $1 in
            tests)
                if [[ -n ${result[passed]} ]]; then
                    values+=("${result[passed]} passed, ${result[failed]} failed, ${result[skipped]} skipped")
                else
                    values+=('**none was run**')
                fi
                ;;
            *) values+=("${result[$1]:-–}") ;;
        esac
    done
}

table() {
    local key values=()
    row '' "${release_of[@]}"
    printf '|---|---|---|---|\n'
    for key in Debian:debian 'g++:gxx' CMake:cmake clang:clang DPDK:dpdk pandoc:pandoc QEMU:qemu tshark:tshark \
        'tests:tests' 'minutes to set up, build and test:test_minutes' '`./rxlab demo --quick`:demo' \
        'its minutes, with its build:demo_minutes'; do
        values_of "${key##*:}"
        row "${key%:*}" "${values[@]}"
    done
}

# The lines of such a file of each release, one a test, with the releases: "- trixie, forky: TEST: REASON".
lists() { # FILE
    local each
    for each in "${suites[@]}"; do
        [[ ! -s $folders/$each/$1 ]] || sed "s/^/$each\t/" "$folders/$each/$1"
    done | awk -F '\t' '
        !($2 in where) { order[++n] = $2 }
        { where[$2] = where[$2] (where[$2] == "" ? "" : ", ") $1 }
        END { for (i = 1; i <= n; i++) print "- " where[order[i]] ": " order[i] }'
}

page() {
    cat <<END
# The last run on every release

\`./rxlab test --everywhere\` made this page on $(date -u +%Y-%m-%d), of commit $commit. Each release is a
[root](../../testbed/roots/README.md) of its own on one machine ($(nproc) processors, kernel $(uname -r)): set up, built and
tested there by the commands that a reader types, one release after the other. The minutes are that machine's.

END
    table
    printf '\n## Skipped\n\n'
    lists skipped | grep . || echo 'Nothing was skipped.'
    if [[ -n $(lists failed) ]]; then
        printf '\n## Failed\n\n'
        lists failed
    fi
}

test_everywhere() {
    local each status=0 folders=$top/build/roots
    for each in "${suites[@]}"; do
        # A process of its own: what goes wrong with one release is no reason not to try the next.
        run "$here/test" --commit "$commit" --in "$each" || status=1
        [[ -e $folders/$each/result ]] || die "test in $each: see above"
    done
    { page >"$folders/everywhere.md" && cp -- "$folders/everywhere.md" "$top/docs/reference/everywhere.md"; } ||
        die "write $top/docs/reference/everywhere.md: see above"
    hand_over "$folders" "$top/docs/reference/everywhere.md"
    printf '\n'
    table
    echo "rxlab: written to $top/docs/reference/everywhere.md"
    return "$status"
}
