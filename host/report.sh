# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What doctor and its checks share: reading the host, and printing findings for people or as JSON.
# RXLAB_SYSROOT is put before every path that is read, so that tests can present another host.
sysroot=${RXLAB_SYSROOT:-}
report_as=text
lacking=0
findings=0
declare -A colours=([ok]=green [note]=yellow [lacks]=red)

# The first line of a file; fails if there is none.
first_line() { # PATH
    local line
    { IFS= read -r line || [[ -n ${line:-} ]]; } 2>/dev/null <"$sysroot$1" && printf '%s' "$line"
}

# The chosen word of a line such as "always [madvise] never".
chosen() { # PATH
    local line
    line=$(first_line "$1") || return
    line=${line#*[} && printf '%s' "${line%%]*}"
}

# The value of NAME=… on the kernel's command line, or NAME itself if it has no value.
boot_option() { # NAME
    local word
    for word in $(first_line /proc/cmdline); do
        case $word in
            "$1"=*) printf '%s' "${word#*=}" && return ;;
            "$1") printf '%s' "$1" && return ;;
        esac
    done
    return 1
}

# The paths below the sysroot that match a pattern, without the sysroot, one per line.
matching() { # PATTERN
    local path
    for path in $sysroot$1; do
        [[ -e $path ]] && printf '%s\n' "${path#"$sysroot"}"
    done
}

# "2-3,6" as 2 3 6, one per line.
listed() { # LIST
    local part number
    for part in ${1//,/ }; do
        for ((number = 10#${part%-*}; number <= 10#${part#*-}; number++)); do
            printf '%s\n' "$number"
        done
    done
}

# Without a program: it is asked for each interrupt.
overlap() { # LIST LIST
    local one other
    for one in ${1//,/ }; do
        for other in ${2//,/ }; do
            ((10#${one%-*} > 10#${other#*-} || 10#${other%-*} > 10#${one#*-})) || return 0
        done
    done
    return 1
}

exists() { [[ -e $sysroot$1 ]]; }

# Programs that run here and write the settings that tune writes: each name once.
tuning_daemons() {
    cat "$sysroot"/proc/[0-9]*/comm 2>/dev/null |
        grep -Ex 'irqbalance|tuned|power-profiles-|tlp|auto-cpufreq' | sed 's/^power-profiles-$/power-profiles-daemon/' | sort -u | paste -s -d ' '
}

json_string() {
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\t'/\\t}
    text=${text//$'\n'/\\n}
    printf '"%s"' "$text"
}

report_begin() { # JSON: not empty: print JSON, else text for people
    [[ -z $1 ]] || report_as=json
    [[ $report_as != json ]] || printf '{\n  "schema": "rxlab.doctor/1",\n  "findings": ['
}

# finding STATE CHECK WHAT [MATTERS CHANGE BACK]: one check's answer. The last three are empty if there
# is nothing to say.
finding() {
    local state=$1 check=$2 what=$3 matters=${4:-} change=${5:-} back=${6:-}
    [[ $state != lacks ]] || lacking=$((lacking + 1))
    if [[ $report_as == json ]]; then
        ((findings == 0)) || printf ','
        printf '\n    {"check": %s, "state": %s, "what": %s, "matters": %s, "change": %s, "back": %s}' \
            "$(json_string "$check")" "$(json_string "$state")" "$(json_string "$what")" \
            "$(json_string "$matters")" "$(json_string "$change")" "$(json_string "$back")"
    else
        printf '%s %-23s %s\n' "$(coloured 1 "${colours[$state]}" "$(printf '%-6s' "$state")")" "$check" "$what"
        [[ $state == ok || -z $matters ]] || printf '%31smatters: %s\n' '' "$matters"
        [[ $state == ok || -z $change ]] || printf '%31schange:  %s\n' '' "$change"
        [[ $state == ok || -z $back ]] || printf '%31sback:    %s\n' '' "$back"
    fi
    findings=$((findings + 1))
}

# Prints the end and exits.
report_end() {
    if [[ $report_as == json ]]; then
        printf '\n  ],\n  "lacking": %d\n}\n' "$lacking"
    elif ((lacking > 0)); then
        printf '\n%d of %d checks: a part of rxlab cannot run here.\n' "$lacking" "$findings"
    fi
    exit $((lacking > 0))
}
