# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests in bash share. Each function test_… of a script is one claim, and run_claims runs them all,
# each in a subshell.
set -u

# The reason why a script, or a claim of it, cannot be tried here.
skip() {
    echo "skipped: $*"
    exit 77
}

# Skips where root, who becomes an ordinary user, would become one who cannot read this clone: in root's home.
need_open_clone() {
    ((EUID != 0)) || setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$RXLAB_SOURCE_DIR/rxlab" ||
        skip "an ordinary user may not enter $RXLAB_SOURCE_DIR: a folder above it is closed to others; use a clone elsewhere"
}

fail() {
    echo "    line ${BASH_LINENO[0]}: $*" >&2
    exit 1
}

# expect STATUS COMMAND…: runs it, its output (both streams) in $output.
expect() {
    local wanted=$1 got=0
    shift
    output=$("$@" 2>&1) || got=$?
    ((got == wanted)) ||
        { echo "    line ${BASH_LINENO[0]}: $* ended with $got instead of $wanted: $output" >&2; exit 1; }
}

expect_output() { # PATTERN
    # shellcheck disable=SC2053 # a pattern
    [[ $output == $1 ]] ||
        { echo "    line ${BASH_LINENO[0]}: expected '$1', got '$output'" >&2; exit 1; }
}

# eventually SECONDS COMMAND…: the command succeeds within that time.
eventually() {
    local tries=$(($1 * 50))
    shift
    until "$@"; do
        ((tries-- > 0)) || { echo "    line ${BASH_LINENO[0]}: not in time: $*" >&2; exit 1; }
        sleep 0.02
    done
}

# Stand-ins for what a script adds around each claim: what must be the same before and after, and what to do
# at the end of a claim, also of a failed one.
snapshot() { :; }
tidy() { :; }

# For tidy: a failed claim must not leave a session to wait for.
end_jobs() {
    local left
    mapfile -t left < <(jobs -p)
    ((${#left[@]} == 0)) || kill -TERM "${left[@]}" 2>/dev/null
    wait
}

# One claim. It fails at the first command that fails, which is named; not called in a condition, because there bash
# would not look (set -e means nothing in "if" and before "&&" and "||").
run_claim() { # CLAIM
    (
        set -eE
        # Not in $(…), where bash goes on after a failure.
        trap 'case $- in *e*) echo "    ${BASH_SOURCE[0]##*/} line $LINENO: status $?: $BASH_COMMAND" >&2 ;; esac' ERR
        trap 'trap - ERR; set +e; tidy' EXIT
        "$1"
    )
}

# Ends the script: 0 all claims hold, 1 one does not, 77 none fails but one could not be tried.
run_claims() { # [CLAIM…]: these instead of all
    local claim before status start result=0
    if (($# == 0)); then
        mapfile -t < <(compgen -A function test_)
        set -- "${MAPFILE[@]}"
    fi
    for claim in "$@"; do
        before=$(snapshot) start=$SECONDS
        run_claim "$claim"
        status=$?
        if [[ $(snapshot) != "$before" ]]; then
            diff <(echo "$before") <(snapshot)
            status=1
        fi
        case $status in
            0) echo "ok      $claim$( ((SECONDS - start < 2)) || echo ", $((SECONDS - start)) s")" ;;
            77)
                echo "skipped $claim"
                ((result == 1)) || result=77
                ;;
            *)
                echo "FAILED  $claim"
                result=1
                ;;
        esac
    done
    exit $result
}

# A program of this name that does COMMAND, in $work/bin. What is there already may be a link to the machine's own
# program: it is replaced, never written to.
stand_in() { # NAME COMMAND
    local folder=${work:?}/bin
    mkdir -p -- "$folder"
    rm -f -- "$folder/$1"
    printf '#!%s\n%s\n' "$BASH" "$2" >"$folder/$1"
    chmod 755 -- "$folder/$1"
}
