#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `./rxlab test --in` and `--everywhere` promise: a repository of this test's own with the real front door and runner,
# cloned into folders that stand for roots. What setup, test and demo do in there, each claim says.
# shellcheck source=../../claims.sh
. "$RXLAB_SOURCE_DIR/tests/claims.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top="$work/a clone"

if ((EUID != 0)); then
    skip 'only root may test in a root'
fi
command -v git >/dev/null || skip 'git is not installed (apt-get install git)'

junit() { # PASSED SKIPPED FAILED
    local i
    echo '<testsuite>'
    for ((i = 0; i < $1; i++)); do echo "<testcase name=\"good.$i\" status=\"run\"/>"; done
    for ((i = 0; i < $2; i++)); do
        echo "<testcase name=\"left.out$i\" status=\"notrun\"><skipped message=\"SKIP_RETURN_CODE=77\"/><system-out>skipped: no KVM here</system-out></testcase>"
    done
    for ((i = 0; i < $3; i++)); do
        echo "<testcase name=\"bad.$i\" status=\"fail\"><failure message=\"\"/><system-out>it broke</system-out></testcase>"
    done
    echo '</testsuite>'
}

# The stand-in for testbed/roots/roots: folders, and exec is a command in one, with its programs.
repository() {
    rm -rf "${work:?}"/*
    mkdir -p "$top"/{tests,docs/reference,testbed/roots} "$work/shared"
    echo recorded >"$work/shared/messages"
    cp "$RXLAB_SOURCE_DIR"/testbed/roots/{test,table.sh,suites.sh} "$top/testbed/roots"
    cp "$RXLAB_SOURCE_DIR/tests/summary.py" "$top/tests"
    # The front door of the commit: what it is told is in $work/log.
    cat >"$top/rxlab" <<END
#!/usr/bin/env bash
root=\${PWD%/srv/rxlab} suite=\${PWD%/srv/rxlab} && suite=\${suite##*/}
echo "\$suite \$*" >>'$work/log'
case \$1 in
    test)
        mkdir -p build/ci/Testing/Temporary && echo a log >build/ci/Testing/Temporary/LastTest.log
        cp "$work/\$suite.xml" build/ci/ctest.xml 2>/dev/null || { echo 'x.cpp:1: error: no such thing'; exit 1; }
        ! grep -q 'status="fail"' build/ci/ctest.xml
        ;;
    demo) [[ ! -e $work/\$suite.demo_fails ]] ;;
esac
END
    chmod 755 "$top/rxlab"
    git -C "$top" init -q && git -C "$top" add . && git -C "$top" -c user.name=n -c user.email=e commit -qm one
    stand_in roots '
        root='"$work"'/roots/$2
        echo "roots $1 $2" >>'"$work"'/log
        case $1 in
            up) [[ ! -e '"$work"'/$2.cannot_be_made ]] && mkdir -p "$root/srv" ;;
            path) echo "$root" ;;
            exec) cd "$root$4" && shift 5 && exec env PATH='"$work"'/versions:$PATH "$@" ;;
        esac'
    mkdir "$work/versions"
    for name in 'cmake:cmake version 3.31.6' 'pkg-config:24.11.8' 'pandoc:pandoc 3.1.11.1' 'g++:14.2.0' \
        'qemu-system-x86_64:QEMU emulator version 10.0.2 (Debian 1:10.0.2)' 'tshark:TShark (Wireshark) 4.4.7.' \
        'clang:Debian clang version 19.1.7 (3)'; do
        printf '#!/bin/sh\necho "%s"\n' "${name#*:}" >"$work/versions/${name%%:*}"
    done
    chmod 755 "$work"/versions/*
    export RXLAB_ROOTS=$work/bin/roots
    junit 3 2 0 | tee "$work/bookworm.xml" "$work/trixie.xml" >"$work/forky.xml"
}

run_test() { "$top/testbed/roots/test" "$@"; }

test_a_release_is_set_up_tested_and_demonstrated_in_a_clone_of_what_is_committed() {
    repository
    echo 'not committed' >>"$top/rxlab"
    expect 0 run_test --in trixie
    expect_output "rxlab: 1 uncommitted changes in $top are not tested: only what is committed is cloned
rxlab: trixie: installing, building and testing in $work/roots/trixie/srv/rxlab; see $top/build/roots/trixie/test.log
trixie: Debian *, g++ 14.2.0, CMake 3.31.6, DPDK 24.11.8, pandoc 3.1.11.1, QEMU 10.0.2: 3 passed, 0 failed, 2 skipped (2 × no KVM here), *.? min; demo --quick passed, *.? min"
    ! grep -q 'not committed' "$work/roots/trixie/srv/rxlab/rxlab" || fail 'what is not committed was cloned'
    [[ $(<"$work/roots/trixie/srv/shared/messages") == recorded ]] || fail 'no shared'
    output=$(grep -v '^roots \(exec\|path\)' "$work/log")
    expect_output $'roots up trixie\ntrixie setup --for test\ntrixie test\ntrixie demo --quick'
}

test_reports_and_logs_come_back() {
    repository
    expect 0 run_test --in trixie
    local folder=$top/build/roots/trixie
    cmp "$work/trixie.xml" "$folder/ctest.xml"
    [[ $(<"$folder/LastTest.log") == 'a log' && -e $folder/test.log && -e $folder/demo.log ]] || fail "$(ls "$folder")"
    output=$(<"$folder/result")
    expect_output "suite=trixie*commit=$(git -C "$top" rev-parse HEAD)*debian=*dpdk=24.11.8*passed=3*skipped=2*demo=passed*"
    output=$(<"$folder/skipped")
    expect_output $'left.out0: no KVM here\nleft.out1: no KVM here'
}

test_a_failed_test_or_demo_or_build_fails_it_and_is_told() {
    repository
    junit 1 0 2 >"$work/trixie.xml"
    expect 1 run_test --in trixie
    expect_output '*1 passed, 2 failed, 0 skipped, *'
    [[ $(<"$top/build/roots/trixie/failed") == $'bad.0\nbad.1' ]] || fail "$(cat "$top/build/roots/trixie/failed")"
    touch "$work/bookworm.demo_fails"
    expect 1 run_test --in bookworm
    expect_output '*3 passed, 0 failed*demo --quick failed, *'
    rm "$work/forky.xml"
    expect 1 run_test --in forky
    expect_output '*forky: *: no test was run: x.cpp:1: error: no such thing, *'
}

test_under_sudo_what_comes_back_belongs_to_the_user() {
    repository
    mkdir "$top/build"
    chown 65534:65534 "$top/build"
    export SUDO_UID=65534 SUDO_GID=65534
    expect 0 run_test --in trixie --label unit
    [[ -z $(find "$top/build" ! -uid 65534) ]] || fail "$(find "$top/build" ! -uid 65534)"
    expect 0 run_test --everywhere
    [[ $(stat -c %u "$top/docs/reference/everywhere.md") == 65534 ]] || fail 'the page is root'"'"'s'
}

test_a_label_is_handed_on_and_there_is_no_demo_then() {
    repository
    expect 0 run_test --in trixie --label unit
    grep -Fqx 'trixie test --label unit' "$work/log"
    ! grep -q demo "$work/log" || fail 'a demo'
}

test_everywhere_is_all_of_them_whatever_one_does_and_writes_the_page() {
    repository
    junit 1 0 1 >"$work/bookworm.xml"
    touch "$work/trixie.cannot_be_made"
    expect 1 run_test --everywhere
    expect_output "*rxlab: written to $top/docs/reference/everywhere.md"
    output=$(<"$top/docs/reference/everywhere.md")
    expect_output "*on $(date -u +%Y-%m-%d), of commit $(git -C "$top" rev-parse HEAD)*
|  | Debian 12 (bookworm) | Debian 13 (trixie) | Debian testing (forky) |
*
| DPDK | 24.11.8 | – | 24.11.8 |
*
| tshark | 4.4.7 | – | 4.4.7 |
| tests | 1 passed, 1 failed, 0 skipped | **none was run** | 3 passed, 0 failed, 2 skipped |
*
| \`./rxlab demo --quick\` | passed | – | passed |
*
## Skipped

- forky: left.out0: no KVM here
- forky: left.out1: no KVM here

## Failed

- bookworm: bad.0"
    rm "$work/trixie.cannot_be_made"
    junit 3 0 0 >"$work/bookworm.xml"
    expect 0 run_test --everywhere
    output=$(<"$top/docs/reference/everywhere.md")
    expect_output '*- trixie, forky: left.out0: no KVM here*'
    [[ $output != *Failed* ]] || fail "$output"
}

test_a_signal_ends_what_runs_in_the_root_first() {
    local signal what
    for signal in INT TERM; do
        for what in '--in trixie' --everywhere; do
            repository
            cat >"$work/slow" <<END
trap 'echo put back >>"$work/log"; exit' TERM
touch "$work/ready"
while :; do sleep 0.05; done
END
            stand_in roots 'root='"$work"'/roots/$2
                case $1 in
                    up) mkdir -p "$root/srv" ;;
                    path) echo "$root" ;;
                    exec) exec bash "'"$work/slow"'" ;;
                esac'
            # shellcheck disable=SC2086 # one or two words
            env --default-signal "$top/testbed/roots/test" $what >/dev/null 2>&1 &
            eventually 20 test -e "$work/ready"
            kill "-$signal" $!
            local status=0
            wait $! || status=$?
            ((status == 128 + $(kill -l "$signal"))) || fail "$signal: status $status"
            grep -Fqx 'put back' "$work/log" || fail "$signal: not told"
        done
    done
}

test_two_runs_in_one_root_do_not_meet() {
    repository
    mkdir -p "$work/roots/trixie/srv"
    exec 6>"$work/roots/trixie/srv/.lock"
    flock 6
    expect 1 run_test --in trixie
    expect_output '*rxlab: test in trixie: another run is under way there; see: fuser -v *'
    exec 6>&-
}

test_wrong_usage_ends_with_2() {
    repository
    expect 2 run_test --in
    expect 2 run_test --in ../elsewhere
    expect_output "rxlab: test: --in needs a suite: bookworm trixie forky, not '../elsewhere'; see: ./rxlab --help"
    expect 2 run_test --everywhere --in trixie
    expect 2 run_test --everywhere --label unit
    expect 2 run_test --label
    expect 1 run_test --in trixie --commit nonsense
    expect_output "rxlab: find commit nonsense in $top: none"
    expect 2 "$RXLAB_SOURCE_DIR/rxlab" test --in nowhere
}

tidy() { end_jobs; }

run_claims "$@"
