# shellcheck shell=bash
# shellcheck disable=SC2154 # what kind.sh and the caller set
# SPDX-License-Identifier: MIT
#
# Shared by commands.sh and keeper.sh, after a kind.sh: where a bed keeps its state, which processes are alive, and how a bed is
# taken down. A bed is two network namespaces and two mount namespaces that exist only as long as the
# keeper (or its guard) holds them open; nothing is bound to a path.
#
# The state directory contains one file, `state` (key=value lines, written by the keeper). The directory is
# also the lock: a command that builds, removes or enters a bed holds a flock on it, on descriptor 9. Only
# the holder of the exclusive lock removes the directory.

die() {
    printf '%s: %s\n' "$bed" "$*" >&2
    exit 1
}

# Sets `state_dir` to the directory of the bed that RXLAB_BED names. XDG_RUNTIME_DIR counts only if it is
# ours: after `su` it is often another user's.
find_state_dir() {
    local name=${RXLAB_BED:-default} base=/tmp
    if [[ ! $name =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$ ]]; then
        printf '%s: RXLAB_BED=%s: use up to 32 letters, digits, ".", "_" or "-"\n' "$bed" "$name" >&2
        exit 2
    fi
    if [[ -n ${XDG_RUNTIME_DIR:-} && -d $XDG_RUNTIME_DIR && -O $XDG_RUNTIME_DIR ]]; then
        base=$XDG_RUNTIME_DIR
    fi
    state_dir=$base/rxlab-$bed-$UID-$name
}

# Prints when process PID started (clock ticks since boot); fails if it has ended. A process id may be
# reused, but not together with its start time.
start_of() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -r -a fields <<<"${stat##*) }" # the name before ")" may contain anything
    ((${#fields[@]} > 19)) && [[ ${fields[0]} != [ZX] ]] || return 1
    printf '%s' "${fields[19]}"
}

wait_until_gone() { # PID SECONDS
    local tries=$(($2 * 50))
    while start_of "$1" >/dev/null; do
        ((tries-- > 0)) || return 1
        sleep 0.02
    done
}

# lock_bed create|existing exclusive|shared: fails only if the directory does not exist (existing).
lock_bed() {
    while :; do
        if [[ ! -d $state_dir ]]; then
            [[ $1 == create ]] || return 1
            mkdir -m 0700 -- "$state_dir" 2>/dev/null || [[ -d $state_dir ]] ||
                die "create $state_dir: not possible; set XDG_RUNTIME_DIR to a directory of your own"
        fi
        if [[ -L $state_dir || (-e $state_dir && ! -O $state_dir) ]]; then
            die "use $state_dir: it belongs to someone else; choose another name with RXLAB_BED"
        fi
        { exec 9<"$state_dir"; } 2>/dev/null || continue # it has just been removed
        flock "--$2" --timeout 30 9 ||
            die "lock $state_dir: another $bed command holds it; try again, or see: fuser -v $state_dir"
        # The previous holder may have removed the directory while we waited for the lock.
        [[ /proc/self/fd/9 -ef $state_dir ]] && return 0
        unlock_bed
    done
}

unlock_bed() { exec 9<&-; }

declare -A state=()

read_state() {
    local key value
    state=()
    [[ -r $state_dir/state ]] || return 0
    while IFS='=' read -r key value; do
        [[ -n $key ]] && state[$key]=$value
    done <"$state_dir/state"
}

write_state() {
    local key
    for key in "${!state[@]}"; do
        printf '%s=%s\n' "$key" "${state[$key]}"
    done >"$state_dir/state.new" && mv -- "$state_dir/state.new" "$state_dir/state"
}

boot_id() { printf '%s' "$(</proc/sys/kernel/random/boot_id)"; }

keeper_alive() {
    [[ ${state[boot]:-} == "$(boot_id)" ]] || return 1
    [[ $(start_of "${state[keeper]:-0}") == "${state[start]:-none}" ]]
}

# Identifies this bed and no other; also written into the private /run.
bed_id() { printf '%s %s %s' "${state[boot]:-}" "${state[keeper]:-}" "${state[start]:-}"; }

# Process ids of the programs in the bed. The inode of a freed namespace is soon reused, so if nobody holds
# the namespaces open any more (stale), a program must also see this bed's /run.
bed_programs() { # held|stale
    local tx=${state[tx_net]:-} rx=${state[rx_net]:-} pid
    [[ -n $tx && -n $rx ]] || return 0
    # Looks at every thread, because the first thread of a running program may have ended.
    find /proc/[0-9]*/task/[0-9]*/ns/net -maxdepth 0 \
        \( -lname "net:\[$tx\]" -o -lname "net:\[$rx\]" \) 2>/dev/null |
        cut -d/ -f3 | sort -un |
        while read -r pid; do
            [[ $1 == held || $(cat "/proc/$pid/root/run/rxlab-bed" 2>/dev/null) == "$(bed_id)" ]] &&
                printf '%s\n' "$pid"
        done
    return 0
}

# SIGTERM, 2 s of grace, then SIGKILL until nobody is left. A scan can miss a child that is being
# forked, so only two empty scans in a row count.
stop_programs() { # held|stale
    local round empty=0 pids told=''
    for ((round = 0; round < 200; round++)); do
        pids=$(bed_programs "$1")
        if [[ -z $pids ]]; then
            ((++empty == 2)) && return 0
            continue
        fi
        empty=0
        # shellcheck disable=SC2086 # one argument per process
        if ((round >= 40)); then
            kill -KILL $pids 2>/dev/null
        elif [[ -z $told ]]; then
            told=yes
            kill -TERM $pids 2>/dev/null
            kill -CONT $pids 2>/dev/null
        fi
        sleep 0.05
    done
    return 1
}

huge_pages_dir=/sys/kernel/mm/hugepages/hugepages-2048kB

# Beds of other names add and remove pages, too. The kernel's file with the number is the lock, on
# descriptor 12.
lock_huge_pages() {
    exec 12<"$huge_pages_dir/nr_hugepages"
    flock --timeout 30 12
}

unlock_huge_pages() { exec 12<&-; }

# Gives back the pages that this bed added, and only those: somebody else may have changed the number
# since, and two beds may end in any order. If this process is killed, the next one can repeat each step:
# huge_before is set while pages are being taken, huge_target while they are being given back.
restore_huge_pages() {
    local now added=${state[huge_added]:-0}
    [[ -n ${state[huge_before]:-}${state[huge_added]:-} ]] || return 0
    lock_huge_pages
    now=$(<"$huge_pages_dir/nr_hugepages")
    [[ -z ${state[huge_before]:-} ]] || added=$((now - state[huge_before]))
    if [[ -z ${state[huge_target]:-} ]]; then
        state[huge_target]=$((now > added ? now - added : 0))
        write_state
    fi
    printf '%s\n' "${state[huge_target]}" >"$huge_pages_dir/nr_hugepages"
    unlock_huge_pages
}

# Needs the exclusive lock and the bed's state in `state`.
dismantle() { # held|stale
    stop_programs "$1"
    [[ $1 == held ]] && release_devices
    # After a reboot the state file may remain, but the pages do not.
    [[ ${state[boot]:-} != "$(boot_id)" ]] || restore_huge_pages
    rm -f -- "$state_dir/state" "$state_dir/state.new"
    rmdir -- "$state_dir"
}

# Descriptors 3 to 7 of keeper and guard hold the namespaces: user, then mount and network of each end.
# The kernel frees a namespace some time after its last holder ends; a device can be deleted at once.
release_devices() {
    local user=()
    [[ -e /proc/self/fd/3 ]] && user=(--user=/proc/self/fd/3 --preserve-credentials)
    nsenter "${user[@]}" --mount=/proc/self/fd/4 --net=/proc/self/fd/5 \
        sh -c "ip link del $device; rm -f /run/hugepages/*" >/dev/null 2>&1 9<&-
    return 0
}
