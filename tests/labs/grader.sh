#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# grader.sh N [CLAIM…]: of lab N, the grader passes the reference, which is what the repository itself has, and refuses the
# skeleton and every planted wrong solution, each with the finding that is meant for it.
# shellcheck source=../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
number=$1
labs=$RXLAB_SOURCE_DIR/labs
folder=$(compgen -G "$labs/$(printf '%02d' "$number")-*") || { echo "there is no lab $number" >&2; exit 1; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export RXLAB_LABS=$work/labs RXLAB_LAB_FINDING=$work/finding
files=() # of lab.sh
# shellcheck source=/dev/null
. "$folder/lab.sh"
mine=$RXLAB_LABS/${folder##*/}

lab() { "$RXLAB_SOURCE_DIR/rxlab" lab "$@"; }

# The learner's copy with the pieces of a folder; where that has none, with the reference's own.
plant() { # FOLDER
    local entry from piece
    mkdir -p "$mine"
    for entry in "${files[@]}"; do
        from=$RXLAB_SOURCE_DIR/${entry% *} piece=$1/${entry##* }
        if [[ -e $piece ]]; then
            "$labs/holes.py" "$from" "${entry##* }" "$piece" >"$mine/${from##*/}"
        else
            cp "$from" "$mine/"
        fi
    done
}

refused() { # FINDING
    rm -f "$RXLAB_LAB_FINDING"
    expect 1 lab check "$number"
    [[ $(<"$RXLAB_LAB_FINDING") == "$1" ]] || fail "the finding is $(<"$RXLAB_LAB_FINDING"), not $1: $output"
    expect_output "*Lab $number: not yet.*A hint: ./rxlab lab hint $number"
    # The page that it names is there.
    local page
    page=$(sed -n 's/^ *Read: \([^ ,]*\).*/\1/p' <<<"$output")
    [[ -n $page && -e $RXLAB_SOURCE_DIR/$page ]] || fail "no page: '$page' in $output"
}

test_the_reference_passes() {
    plant /nonexistent
    expect 0 lab check "$number"
    expect_output "*Lab $number: passed. *"
    grep -qx "passed $number" "$RXLAB_LABS/progress" || fail 'the progress does not say so'
}

test_the_skeleton_is_refused() {
    rm -rf "$mine"
    expect 0 lab start "$number"
    refused nothing-yet
    rm -r "$mine"
}

test_planted_mistakes_are_refused_each_for_its_reason() {
    local wrong count=0
    for wrong in "$folder"/wrong/*/; do
        plant "$wrong"
        refused "$(<"$wrong/finding")"
        echo "    ${wrong#"$folder/wrong/"}: $(<"$wrong/finding")"
        count=$((count + 1))
    done
    ((count >= 3)) || fail "only $count planted mistakes"
}

run_claims "${@:2}"
