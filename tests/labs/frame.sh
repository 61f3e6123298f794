#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# frame.sh: what ./rxlab lab says and keeps, without a compiler or a guest.
# shellcheck source=../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
labs=$RXLAB_SOURCE_DIR/labs
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export RXLAB_LABS=$work/labs

lab() { "$RXLAB_SOURCE_DIR/rxlab" lab "$@"; }
numbers() { for each in "$labs"/[0-9][0-9]-*; do each=${each##*/}; echo "$((10#${each%%-*}))"; done; }

test_every_lab_starts_from_a_file_without_markers_and_with_the_task_in_it() {
    local number mine
    for number in $(numbers); do
        expect 0 lab start "$number"
        expect_output "Lab $number: *./rxlab lab check $number*./rxlab lab hint $number*"
        mine=$(compgen -G "$RXLAB_LABS/$(printf '%02d' "$number")-*")
        ! grep -rn '\[\(end \)\?lab: ' "$mine" || fail "a marker in $mine"
        grep -rq "lab $number: write" "$mine" || fail "lab $number has no task"
    done
    rm -r "$RXLAB_LABS"
}

test_a_copy_is_not_overwritten_unless_asked_for() {
    expect 0 lab start 3
    echo mine >"$RXLAB_LABS/03-ring-room/ring.c"
    expect 1 lab start 3
    expect_output '*is there already; to begin anew: ./rxlab lab start 3 --again'
    [[ $(<"$RXLAB_LABS/03-ring-room/ring.c") == mine ]] || fail 'overwritten'
    expect 0 lab start 3 --again
    rm -r "$RXLAB_LABS"
}

# without PROGRAM COMMAND…: where the program cannot be called.
without() {
    mkdir -p "$work/bin"
    printf '#!/bin/sh\necho "%s: not there"; exit 127\n' "$1" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
    PATH=$work/bin:$PATH "${@:2}"
    local status=$?
    rm -r "${work:?}/bin"
    return "$status"
}

test_a_program_that_is_missing_is_not_the_learners_mistake() {
    expect 1 without python3 lab start 3
    [[ ! -e $RXLAB_LABS/03-ring-room ]] || fail 'a copy without the file'
    lab start 3 >"$work/said"
    expect 3 without gcc lab check 3
    expect_output 'lab: check 3: compile: gcc: not there'
    rm -r "$RXLAB_LABS"
}

test_hints_come_one_after_the_other_and_the_last_one_stays() {
    local number count i
    for number in $(numbers); do
        lab start "$number" >"$work/said"
        count=$(($(grep -c '^---$' "$(compgen -G "$labs/$(printf '%02d' "$number")-*")/hints") + 1))
        ((count >= 2)) || fail "lab $number has $count hint"
        for ((i = 1; i <= count; i++)); do
            expect 0 lab hint "$number"
            expect_output "Hint $i of $count:*"
        done
        expect 0 lab hint "$number"
        expect_output "Hint $count of $count:*"
    done
    rm -r "$RXLAB_LABS"
}

test_the_solution_is_what_the_repository_has() {
    expect 0 lab solution 3
    expect_output '*kernel/ring/ring.c:*rxlab_ring_fill*rxlab_ring_has_room*'
}

test_the_list_shows_what_was_begun_and_what_was_passed() {
    expect 0 lab list
    expect_output '*   3  ring-room *'
    lab start 3 >"$work/said"
    expect 0 lab list
    expect_output '*>  3  ring-room *'
    echo 'passed 3' >"$RXLAB_LABS/progress"
    expect 0 lab list
    expect_output '*x  3  ring-room *'
    rm -r "$RXLAB_LABS"
}

test_wrong_usage_is_named() {
    expect 2 lab start
    expect 2 lab start 99
    expect_output 'lab: there is no lab 99*'
    expect 2 lab check nonsense
    expect 2 lab nonsense
    expect 1 lab check 3
    expect_output 'lab: lab 3 has not been started: ./rxlab lab start 3'
}

# A finding is a text in C and C++, and stands behind found or finding in the shell. In C and C++, a name of one word looks
# like other texts, unless it stands behind wrong(.
test_the_grader_finds_what_a_lab_has_words_for_and_nothing_else() {
    local folder id sources found
    for folder in "$labs"/[0-9][0-9]-*; do
        sources=$(find "$folder" -maxdepth 1 '(' -name 'check.sh' -o -name 'try.*' -o -name 'guest.sh' ')' -exec cat {} +)
        while read -r id; do
            grep -qE "\"$id\"|\b(found|finding) $id\b" - "$labs/grading.sh" <<<"$sources" ||
                fail "${folder##*/}: nothing finds [$id]"
        done < <(sed -n 's/^\[\([a-z-]*\)\]$/\1/p' "$folder/findings")
        found=$(grep -oE '"[a-z]+(-[a-z]+)+"|wrong\("[a-z]+"|\b(found|finding) [a-z-]+' <<<"$sources" |
            grep -oE '[a-z-]+"?$' | tr -d '"' | sort -u)
        for id in $found; do
            grep -qx "\[$id\]" "$folder/findings" || fail "${folder##*/}: findings has no [$id]"
        done
        (($(wc -w <<<"$found") >= 3)) || fail "${folder##*/}: the grader finds only: $found"
    done
}

test_every_page_that_a_finding_names_exists() {
    local folder page
    for folder in "$labs"/[0-9][0-9]-*; do
        while read -r page; do
            [[ -e $RXLAB_SOURCE_DIR/$page ]] || fail "${folder##*/}: $page is not there"
        done < <(sed -n 's/^Read: \([^ ,]*\).*/\1/p' "$folder/findings")
    done
}

run_claims
