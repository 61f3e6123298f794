# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What scripts show on a terminal: colours, "did you mean", and long commands whose output goes to a log.

# Prints "; did you mean NAME?" where one of the candidates is near, as rxlab/program/near.hpp does it: at most one typing
# error (a character more, less or another, or two neighbours swapped) in three characters; else the only candidate that
# begins so.
did_you_mean() { # WORD CANDIDATE…
    local word=${1#-} candidate plain found='' errors fewest begins=()
    word=${word#-}
    shift
    ((${#word} >= 3)) || return 0
    fewest=$((${#word} / 3 + 1))
    for candidate in "$@"; do
        plain=${candidate#-}
        plain=${plain#-}
        [[ $plain != "$word"* ]] || begins+=("$candidate")
        errors=$(typing_errors "$word" "$plain")
        ((errors < fewest)) || continue
        found=$candidate fewest=$errors
    done
    ((${#begins[@]} != 1)) || found=${found:-${begins[0]}}
    [[ -z $found ]] || printf '; did you mean %s?' "$found"
}

# "Optimal string alignment": the Damerau-Levenshtein distance in which no part is changed twice.
typing_errors() { # A B
    local a=$1 b=$2 i j other least last before
    local -a row=()
    for ((j = 0; j <= ${#b}; j++)); do row[j]=$j; done
    last=("${row[@]}")
    for ((i = 1; i <= ${#a}; i++)); do
        before=("${last[@]}") last=("${row[@]}")
        row[0]=$i
        for ((j = 1; j <= ${#b}; j++)); do
            other=1
            [[ ${a:i-1:1} != "${b:j-1:1}" ]] || other=0
            least=$((last[j - 1] + other))
            ((last[j] + 1 >= least)) || least=$((last[j] + 1))
            ((row[j - 1] + 1 >= least)) || least=$((row[j - 1] + 1))
            if ((i > 1 && j > 1)) && [[ ${a:i-1:1}${a:i-2:1} == "${b:j-2:1}${b:j-1:1}" ]]; then
                ((before[j - 2] + 1 >= least)) || least=$((before[j - 2] + 1))
            fi
            row[j]=$least
        done
    done
    printf '%d' "${row[${#b}]}"
}

# Whether to write colours to this descriptor: to a terminal, unless NO_COLOR says no (no-color.org).
shows_colours() { # DESCRIPTOR
    [[ -t $1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]
}

coloured() { # DESCRIPTOR green|yellow|red TEXT
    local code=31
    case $2 in
        green) code=32 ;;
        yellow) code=33 ;;
    esac
    if shows_colours "$1"; then printf '\e[%dm%s\e[0m' "$code" "$3"; else printf '%s' "$3"; fi
}

# Runs a command whose output goes to the end of a log. On a terminal, one line shows what it wrote last.
quietly() { # LOG COMMAND…
    local log=$1
    shift
    if [[ ! -t 2 || ${TERM:-dumb} == dumb ]]; then
        "$@" >>"$log" 2>&1
        return
    fi
    "$@" 2>&1 | show_progress "$log" >&2
    return "${PIPESTATUS[0]}"
}

show_progress() { # LOG
    local line columns=80
    read -r _ columns < <(stty size 2>/dev/null </dev/tty)
    ((${columns:-0} > 20)) || columns=80
    while IFS= read -r line || [[ -n $line ]]; do
        printf '%s\n' "$line" >>"$log"
        line=${line//[[:cntrl:]]/ }
        printf '\r\e[K  %s' "${line:0:columns-4}"
    done
    printf '\r\e[K'
}

# The end of a log, for somebody who must know why a command failed.
show_log() { # LOG
    {
        printf -- '--- the end of %s ---\n' "$1"
        tail -n 40 -- "$1"
        printf -- '---\n'
    } >&2
}
