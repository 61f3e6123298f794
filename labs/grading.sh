# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the check.sh of each lab has at hand. A lab's grade() builds and tries the learner's copy, and ends with the
# first finding. Set: top (the repository), folder (the lab's), mine (the learner's copy), build (a folder to build in), number.
# shellcheck disable=SC2154 # those

# finding ID [LINE…]: what is wrong, in the words of the lab's file `findings`, with what was seen. Ends the grading.
finding() {
    local id=$1 words page
    shift
    words=$(sed -n "/^\[$id\]\$/,/^\[/{/^\[/d;p}" "$folder/findings")
    [[ $words == *[![:space:]]* ]] || { echo "lab: $folder/findings has no [$id]" >&2; exit 3; }
    page=$(sed -n 's/^Read: //p' <<<"$words")
    printf 'Lab %s: not yet.\n%s\n' "$number" "$(sed '/^Read: /d;/^$/d;s/^/  /' <<<"$words")"
    (($# == 0)) || printf '  Seen: %s\n' "$@"
    [[ -z $page ]] || printf '  Read: %s\n' "$page"
    printf '  A hint: ./rxlab lab hint %s\n' "$number"
    [[ -z ${RXLAB_LAB_FINDING:-} ]] || echo "$id" >"$RXLAB_LAB_FINDING"
    exit 1
}

# cannot TEXT: the grader itself could not work; the learner is not at fault.
cannot() {
    printf 'lab: check %s: %s\n' "$number" "$*" >&2
    exit 3
}

# Whether the copy still has the mark of the skeleton.
still_todo() { grep -qE "lab $number: write" "$mine"/*; }

# Compiles, or ends with the finding `does-not-compile` and the first error. Where there is none, the compiler did not run.
compiles() { # COMMAND…
    local said error
    said=$("$@" 2>&1) && return
    error=$(grep -m 1 -E '\<(error|undefined)\>' <<<"$said") || cannot "compile: $(tail -n 1 <<<"$said")"
    if still_todo; then finding nothing-yet; fi
    finding does-not-compile "$(sed -E 's#[^ ]*/([^/ ]+:[0-9])#\1#g' <<<"$error")"
}

# stage FOLDER…: copies folders of kernel/ to $build/kernel, with what they share, and the learner's files in their places.
stage() {
    local each entry path
    rm -rf -- "$build/kernel"
    mkdir -p -- "$build/kernel" || cannot "write $build"
    cp -- "$top/kernel/module.mk" "$top/kernel/driver.sh" "$build/kernel" || cannot "write $build"
    for each in "$@"; do
        (cd -- "$top/kernel" && find "$each" -name build -prune -o -type f -print0 |
            xargs -0 cp --parents -t "$build/kernel") || cannot "copy kernel/$each"
    done
    for entry in "${files[@]}"; do
        path=${entry% *}
        cp -- "$mine/${path##*/}" "$build/$path" || cannot "copy $mine/${path##*/}"
    done
}

# build_module FOLDER: the staged module, for the guests' default kernel; it is then in $module_out.
build_module() {
    local headers
    headers=$("$top/testbed/vm/kernels" "${RXLAB_LAB_KERNEL:-6.12}" | sed -n 's/^headers=//p')
    [[ -n $headers ]] || cannot "no guest kernel; see: ./rxlab vm --help"
    export module_out=$build/module # also for the guest
    rm -rf -- "$module_out"
    compiles env -u MAKEFLAGS make -s -C "$build/kernel/$1" KDIR="$headers" OUT="$module_out" KCFLAGS=-Werror all
}

# in_guest SCRIPT ARGUMENT…: runs it as root in a guest; its status in $guest_status, what it said in $build/said, and the
# kernel's log in $build/log. A lab that wants devices sets guest_options before (see: ./rxlab vm --help).
guest_options=()
in_guest() {
    echo "Lab $number: trying it in a guest (about a quarter of a minute) …" >&2
    "$top/testbed/vm/vm" run --kernel "${RXLAB_LAB_KERNEL:-6.12}" --timeout 180 --dmesg "$build/log" --env module_out \
        "${guest_options[@]}" -- bash "$@" >"$build/said" 2>&1
    # shellcheck disable=SC2034 # for check.sh
    guest_status=$?
}

# A line "finding ID [TEXT]" that the script in the guest printed.
finding_of_guest() {
    local line
    line=$(grep -m 1 '^finding ' "$build/said") || return 0
    read -r _ id text <<<"$line"
    finding "$id" ${text:+"$text"}
}

log_is_clean() {
    local hits
    hits=$("$top/testbed/vm/kernel_log_check" "$build/log") && return
    finding dirty-log "$(head -n 1 <<<"${hits##*log:[0-9]*: }")"
}
