#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# keeper.sh keep KIND_DIR STATE_DIR OWNER OWNER_START HUGE_PAGES: builds a bed and holds it, in the background,
#   until it is told to end (SIGTERM) or until the process OWNER ends (empty: no owner). It prints
#   "ready" or a reason, and closes its output.
# keeper.sh guard KIND_DIR STATE_DIR: takes the bed down in place of a keeper that was killed. The guard waits for
#   that from the beginning (wait_for_exit.py) and holds the same namespaces; if the guard is killed, the
#   keeper takes the bed down.
#
# Neither wakes up while a bed is in use, because the bed is there to measure on.
set -u
PATH=$PATH:/usr/sbin:/sbin
here=$(dirname -- "${BASH_SOURCE[0]}")
role=$1
kind_dir=$2
state_dir=$3
# shellcheck source=kind.sh
. "$kind_dir/kind.sh"
# shellcheck source=bed.sh
. "$here/bed.sh"
guard=''
ending=''

# If we kept the caller's pipes open, they would never end for their readers.
close_inherited() {
    local descriptor
    for descriptor in "/proc/$$/fd/"*; do
        descriptor=${descriptor##*/}
        ((descriptor <= 2 || descriptor == 255)) || eval "exec $descriptor>&-" # 255: this script
    done
}

give_up() { # REASON
    printf '%s\n' "$1" 2>/dev/null
    exit 1
}

write_first_state() {
    local privileged=$1
    state=([boot]="$(boot_id)" [keeper]=$$ [start]="$(start_of $$)" [phase]=building
        [privileged]=$privileged [owner]="${owner:-}")
    write_state
}

# True for real root: in a user namespace "root" may neither take huge pages nor open AF_XDP sockets.
is_privileged() {
    local inside outside count
    read -r inside outside count </proc/self/uid_map
    ((EUID == 0 && inside == 0 && outside == 0 && count == 4294967295))
}

# The builder ends when it is told that the namespaces are held, when the keeper dies, or after 20 s.
start_builder() { # PRIVILEGED; its output is descriptor 10, its input 11
    local spaces=(--net --mount --propagation private)
    ((EUID == 0)) || spaces+=(--user --map-root-user)
    exec 11<> <(:) # a pipe
    exec 10< <(exec unshare "${spaces[@]}" setpriv --pdeathsig KILL \
        bash "$kind_dir/build.sh" tx "$(bed_id)" "$1" <&11 2>&1 10<&- 11<&-)
}

build() {
    local privileged=no line='' reason='' tx='' rx=''
    is_privileged && privileged=yes
    write_first_state "$privileged"
    start_builder "$privileged"
    while IFS= read -r -t 30 line <&10 && [[ $line != built\ * ]]; do
        reason+="${reason:+; }$line"
    done
    read -r _ tx rx <<<"$line"
    [[ -n $rx ]] || give_up "build the test bed: ${reason:-the builder ended without a message}"
    if ((EUID != 0)); then
        exec 3<"/proc/$tx/ns/user"
    fi
    exec 4<"/proc/$tx/ns/mnt" 5<"/proc/$tx/ns/net" 6<"/proc/$rx/ns/mnt" 7<"/proc/$rx/ns/net"
    [[ -e /proc/self/fd/7 ]] || give_up "hold the namespaces: their first process has ended"
    state[tx_net]=$(stat -L -c %i /proc/$$/fd/5)
    state[rx_net]=$(stat -L -c %i /proc/$$/fd/7)
    echo held >&11
    exec 10<&- 11<&-
}

# Adds pages to those that exist, because these may belong to another bed, which may end first. Their number
# is written down before any page is taken.
take_huge_pages() { # COUNT
    local before
    (($1 > 0)) && [[ ${state[privileged]} == yes && -w $huge_pages_dir/nr_hugepages ]] || return 0
    lock_huge_pages
    before=$(<"$huge_pages_dir/nr_hugepages")
    state[huge_before]=$before
    write_state
    echo $((before + $1)) >"$huge_pages_dir/nr_hugepages"
    state[huge_added]=$(($(<"$huge_pages_dir/nr_hugepages") - before))
    unset 'state[huge_before]'
    write_state
    unlock_huge_pages
}

take_down() {
    trap '' TERM INT HUP
    trap - EXIT
    local mine
    mine=$(bed_id)
    if lock_bed existing exclusive; then
        read_state
        [[ $(bed_id) != "$mine" ]] || dismantle held
    fi
    [[ -n $guard ]] || return
    kill -KILL "$guard"
    wait "$guard"
}

start_guard() {
    python3 -I -S "$here/wait_for_exit.py" "$$" "${state[start]}" \
        bash "$here/keeper.sh" guard "$kind_dir" "$state_dir" </dev/null >/dev/null 2>&1 &
    guard=$!
}

keep() {
    owner=$1
    local owner_start=$2 huge_pages=$3 watch=''
    # A trap only notes the signal, because bash 5.2 cannot run just anything at any moment. The death of the
    # guard ends the wait below, however late the signal comes.
    trap 'ending=yes; [[ -z $guard ]] || kill -KILL "$guard"' TERM INT HUP
    trap '' PIPE
    trap take_down EXIT
    build
    take_huge_pages "$huge_pages"
    start_guard
    if [[ -n $owner ]]; then
        setpriv --pdeathsig KILL python3 -I -S "$here/wait_for_exit.py" "$owner" "$owner_start" \
            </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- &
        watch=$!
    fi
    state[phase]=up
    write_state
    [[ -z $ending ]] || exit 1
    echo ready 2>/dev/null || exit 1 # the command that asked for the bed has gone
    exec >/dev/null
    # shellcheck disable=SC2086 # there may be no watch
    wait -n "$guard" $watch
}

cd /
exec </dev/null 2>/dev/null
[[ $role == guard ]] || close_inherited
case $role in
    keep) keep "$4" "$5" "$6" ;;
    guard)
        read_state
        take_down
        ;;
esac
