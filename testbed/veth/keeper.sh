#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# keeper.sh keep STATE_DIR OWNER OWNER_START HUGE_PAGES: builds a bed and holds it, in the background,
#   until it is told to end (SIGTERM) or until the process OWNER ends (empty: no owner). It prints
#   "ready" or a reason, and closes its output.
# keeper.sh guard STATE_DIR KEEPER: the keeper's shadow. It holds the same namespaces and takes the bed
#   down if the keeper is killed; the keeper takes it down if the guard is killed.
#
# Neither wakes up while a bed is in use: the bed is there to measure on.
set -u
PATH=$PATH:/usr/sbin:/sbin
here=$(dirname -- "${BASH_SOURCE[0]}")
# shellcheck source=lib.sh
. "$here/lib.sh"
role=$1
state_dir=$2
guard=''
watch=''

# Pipes of the caller that we kept open would never end for whoever reads them.
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
        [privileged]=$privileged [owner]="${owner:-}" [huge_added]=0)
    write_state
}

# Real root: in a user namespace "root" may neither take huge pages nor open AF_XDP sockets.
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
        bash "$here/build.sh" tx "$(bed_id)" "$1" <&11 2>&1 10<&- 11<&-)
}

build() {
    local privileged=no line='' reason='' tx='' rx=''
    is_privileged && privileged=yes
    write_first_state "$privileged"
    start_builder "$privileged"
    while IFS= read -r line <&10 && [[ $line != built\ * ]]; do
        reason+="${reason:+; }$line"
    done
    read -r _ tx rx <<<"$line"
    [[ -n $rx ]] || give_up "build the test bed: ${reason:-the builder ended without a word}"
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

# The promise to give the pages back is written down before they are taken.
take_huge_pages() { # COUNT
    local before
    (($1 > 0)) && [[ ${state[privileged]} == yes && -w $huge_pages_dir/nr_hugepages ]] || return 0
    before=$(<"$huge_pages_dir/nr_hugepages")
    ((before < $1)) || return 0
    state[huge_added]=$(($1 - before))
    write_state
    echo "$1" >"$huge_pages_dir/nr_hugepages"
    state[huge_added]=$(($(<"$huge_pages_dir/nr_hugepages") - before))
    write_state
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

keep() {
    owner=$1
    local owner_start=$2 huge_pages=$3
    trap 'exit 0' TERM INT HUP
    trap '' PIPE
    trap take_down EXIT
    build
    take_huge_pages "$huge_pages"
    setpriv --pdeathsig TERM bash "$here/keeper.sh" guard "$state_dir" $$ </dev/null >/dev/null 2>&1 &
    guard=$!
    if [[ -n $owner ]]; then
        setpriv --pdeathsig KILL perl "$here/wait_for_exit.pl" "$owner" "$owner_start" \
            </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- &
        watch=$!
    fi
    state[phase]=up
    write_state
    echo ready 2>/dev/null || exit 1 # whoever asked for the bed has gone
    exec >/dev/null
    # shellcheck disable=SC2086 # perhaps there is no watch
    wait -n "$guard" $watch
}

guard_keeper() { # KEEPER
    local never
    trap 'exit 0' TERM INT HUP
    trap take_down EXIT
    read_state
    [[ $PPID == "$1" ]] || exit 0 # killed before setpriv had run: no signal will come
    exec {never}<> <(:)
    while :; do read -r _ <&"$never"; done
}

cd /
exec </dev/null 2>/dev/null
[[ $role == guard ]] || close_inherited
case $role in
    keep) keep "$3" "$4" "$5" ;;
    guard) guard_keeper "$3" ;;
esac
