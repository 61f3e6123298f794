# shellcheck shell=bash
# shellcheck disable=SC2154 # what kind.sh and the caller set
# SPDX-License-Identifier: MIT
#
# The commands of a test bed that lives in namespaces of its own, for root and for ordinary users: of veth, and of
# ../shm. What differs between them is in the kind.sh of each: `kind_dir` is its folder, `here` this one.

usage() {
    cat <<END
usage: $bed up [--owner PID] [--huge-pages N]   build the test bed; does nothing if it is up
       $bed down                                take it down; does nothing if it is down
       $bed status                              print one line; exit status 0: up, 3: down
       $bed info                                print key=value lines about a bed that is up
       $bed exec tx|rx COMMAND…                 run a command at one end
$own_usage       $bed check                               can this user build a bed here? exit status 0: yes

  --owner PID      take the bed down when this process ends, however it ends
  --huge-pages N   N more huge pages of 2 MiB while the bed is up (root only)

RXLAB_BED=NAME names the bed (default: default); several may be up at once.
END
}

wrong_usage() {
    printf '%s: %s; see: %s --help\n' "$bed" "$1" "$bed" >&2
    exit 2
}

need_no_more() { (($# == 0)) || wrong_usage "unexpected argument: $1"; }

# Says why this user cannot make namespaces, or nothing.
reason_against() {
    local name package said spaces=(--net --mount)
    for name in ip:iproute2 unshare:util-linux nsenter:util-linux setpriv:util-linux flock:util-linux \
        mount:mount find:findutils python3:python3; do
        package=${name#*:}
        name=${name%:*}
        PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null || {
            echo "find the program $name: not installed; apt-get install $package"
            return
        }
    done
    ((EUID == 0)) || spaces+=(--user --map-root-user)
    said=$(PATH=$PATH:/usr/sbin:/sbin unshare "${spaces[@]}" "${trial[@]}" 2>&1) &&
        return
    if ((EUID == 0)); then
        echo "make a network namespace as root: ${said##*$'\n'}; in a container, give it CAP_SYS_ADMIN and" \
            "CAP_NET_ADMIN (docker run --privileged); the kernel needs CONFIG_NET_NS and $trial_needs"
    elif [[ $(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null) == 0 ]]; then
        echo "make a user namespace: switched off; as root: sysctl kernel.unprivileged_userns_clone=1," \
            "or run this as root"
    elif [[ $(cat /proc/sys/user/max_user_namespaces 2>/dev/null) == 0 ]]; then
        echo "make a user namespace: switched off; as root: sysctl user.max_user_namespaces=10000," \
            "or run this as root"
    elif [[ $(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null) == 1 ]]; then
        echo "make a user namespace: AppArmor forbids it; as root:" \
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run this as root"
    else
        echo "make a user namespace with a device: ${said##*$'\n'}; run this as root, or in a container that allows it" \
            "(docker run --privileged)"
    fi
}

check() {
    local reason
    reason=$(reason_against)
    [[ -z $reason ]] || die "$reason"
}

# Afterwards the exclusive lock is held; returns 0 if a bed is up, else 1. Clears away the remains of a bed
# whose processes were all killed.
settle() { # create|existing
    while lock_bed "$1" exclusive; do
        read_state
        if ! keeper_alive; then
            [[ $1 == create && -z ${state[keeper]:-} ]] && return 1
            dismantle stale
            continue
        fi
        [[ ${state[phase]} != up ]] || return 0
        unlock_bed # the command that asked for this bed has gone, which the keeper is about to notice
        wait_until_gone "${state[keeper]}" 20 || die "wait for keeper ${state[keeper]}: it does not end"
    done
    return 1
}

stop_keeper() { # PID
    unlock_bed # the keeper takes it
    kill -TERM "$1" 2>/dev/null
    wait_until_gone "$1" 20 || die "stop keeper $1: still there after 20 s"
}

# Blocked signals wait: a Ctrl-C during `up` shows here once the bed is complete, which then goes again.
signal_pending() {
    local key value pending=0
    while read -r key value; do
        [[ $key != SigPnd: && $key != ShdPnd: ]] || pending=$((pending | 16#$value))
    done <"/proc/$$/status"
    ((pending & (1 << (1 - 1) | 1 << (2 - 1) | 1 << (15 - 1)))) # HUP, INT, TERM
}

up() {
    local owner='' owner_start='' huge_pages=0 answer
    while (($# > 0)); do
        case $1 in
            --owner=* | --huge-pages=*)
                set -- "${1%%=*}" "${1#*=}" "${@:2}"
                continue
                ;;
            --owner) owner=${2:-} ;;
            --huge-pages) huge_pages=${2:-} ;;
            *) wrong_usage "unexpected argument: $1" ;;
        esac
        [[ ${2:-} =~ ^[0-9]{1,9}$ ]] || wrong_usage "$1 needs a number"
        shift 2
    done
    huge_pages=$((10#$huge_pages))
    if [[ -n $owner ]]; then
        owner_start=$(start_of "$owner") || die "watch owner $owner: no such process"
    fi
    if settle create; then
        [[ ${state[owner]} == "$owner" ]] ||
            echo "$bed: the bed is up already; its owner stays ${state[owner]:-nobody}" >&2
        return 0
    fi
    exec 8< <(exec setsid python3 -I -S "$here/signals.py" take bash "$here/keeper.sh" keep \
        "$kind_dir" "$state_dir" "$owner" "$owner_start" "$huge_pages" 8<&- 9<&- 2>/dev/null)
    IFS= read -r answer <&8
    if signal_pending; then
        stop_keeper "$!"
        settle existing # the signal may have hit the keeper before it began
        exit 130
    fi
    if [[ $answer != ready ]]; then
        unlock_bed
        wait_until_gone "$!" 20
        settle existing
        check # it knows the usual reasons better
        die "${answer:-start the keeper: it ended without a message}"
    fi
    warn_of_huge_pages "$huge_pages"
}

warn_of_huge_pages() { # WANTED
    read_state
    if (($1 > 0)) && [[ ${state[privileged]} != yes ]]; then
        echo "$bed: take $1 huge pages: only root may; the bed is up without them" >&2
    elif (($1 > $(free_huge_pages))); then
        echo "$bed: take $1 huge pages: $(free_huge_pages) are free, the memory is in use or fragmented;" \
            "stop other programs, or reserve pages at boot" >&2
    fi
}

free_huge_pages() { cat "$huge_pages_dir/free_hugepages" 2>/dev/null || echo 0; }

down() {
    local keeper
    settle existing || return 0
    keeper=${state[keeper]}
    stop_keeper "$keeper"
    lock_bed existing exclusive || return 0
    read_state
    # By now the bed is gone, or already somebody else's, unless the keeper was killed half-way.
    if ! keeper_alive; then
        dismantle stale
    fi
}

status() {
    if settle existing; then
        printf 'up: %s, %s, keeper %s%s\n' "$wire" \
            "$([[ ${state[privileged]} == yes ]] && echo privileged || echo unprivileged)" \
            "${state[keeper]}" "${state[owner]:+, owner ${state[owner]}}"
    else
        echo down
        exit 3
    fi
}

# For commands that only use a bed: quick, as it clears nothing away.
require_up() {
    if ! lock_bed existing shared || ! read_state || ! keeper_alive || [[ ${state[phase]} != up ]]; then
        echo "$bed: the $bed test bed is down; start it with: testbed/$bed/$bed up" >&2
        exit 2
    fi
}

info() {
    require_up
    local huge_pages=0 huge_dir=''
    if [[ ${state[privileged]} == yes ]]; then
        huge_pages=$(free_huge_pages)
        huge_dir=/run/hugepages
    fi
    printf '%s\n' "${facts[@]}"
    cat <<END
privileged=${state[privileged]}
huge_pages=$huge_pages
huge_dir=$huge_dir
END
}

# Holds the shared lock until the command is inside; from then on `down` finds it.
enter() { # tx|rx COMMAND…
    local end=${1:-} fds spaces
    [[ $end == tx || $end == rx ]] || wrong_usage "exec needs tx or rx, not '$end'"
    shift
    (($# > 0)) || wrong_usage "exec $end needs a command"
    require_up
    case $PWD/ in
        /run/* | /var/run/* | /sys/*) die "enter $PWD: the bed has a /run and /sys of its own; run from elsewhere" ;;
    esac
    fds=/proc/${state[keeper]}/fd
    if [[ $end == tx ]]; then
        spaces=(--mount="$fds/4" --net="$fds/5")
    else
        spaces=(--mount="$fds/6" --net="$fds/7")
    fi
    ((EUID == 0)) || spaces+=(--user="$fds/3" --preserve-credentials)
    exec nsenter "${spaces[@]}" --wdns="$PWD" -- /bin/sh -c "$before_exec"'exec "$@" 9<&-' "$bed" "$@"
}

# Commands that build or remove must not stop half-way, nor must the programs that they run: signals wait. -I -S: Python
# takes nothing from the user's environment, and starts sooner.
shielded() { # COMMAND…
    command -v python3 >/dev/null || die 'find the program python3: not installed; apt-get install python3'
    exec python3 -I -S "$here/signals.py" hold "$BASH" "$kind_dir/$bed" "shielded-$1" "${@:2}"
}

command=${1:-}
(($# == 0)) || shift
case $command in
    -h | --help | help)
        usage
        exit 0
        ;;
    '') wrong_usage 'no command' ;;
    up | down | status | info | check | exec | "$own_command" | shielded-*) find_state_dir ;;
    *) wrong_usage "unknown command: $command" ;;
esac
case $command in
    up | down | status) shielded "$command" "$@" ;;
    shielded-up) up "$@" ;;
    exec) enter "$@" ;;
    "$own_command")
        need_no_more "${@:2}"
        "$own_command" "$@"
        ;;
    *)
        need_no_more "$@"
        "${command#shielded-}"
        ;;
esac
