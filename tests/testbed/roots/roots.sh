#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What testbed/roots/roots promises, in real namespaces with a real change of root. Only mmdebstrap is a stand-in: its root has
# this machine's /usr, bound into it by `exec`.
# shellcheck source=../../claims.sh
. "$RXLAB_SOURCE_DIR/tests/claims.sh"
roots=$RXLAB_SOURCE_DIR/testbed/roots/roots
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
export RXLAB_CACHE="$work/a cache"
folder=$RXLAB_CACHE/roots

if ((EUID != 0)); then
    skip 'only root may make roots'
elif ! unshare --mount --pid --fork mount --bind / / 2>/dev/null; then
    skip 'no mount namespaces here (in a container: docker run --privileged)'
fi

machine() {
    # The last three arguments are suite, folder and mirror.
    stand_in mmdebstrap 'echo "$*" >>"'"$work"'/log"
        new=${*: -2:1}
        mkdir -p "$new"/{etc/apt/apt.conf.d,etc/dpkg/dpkg.cfg.d,usr/sbin,root,proc}
        for name in bin sbin lib lib64; do [[ ! -e /$name ]] || ln -s "usr/$name" "$new/$name"; done
        [[ ! -e "'"$work"'/broken" ]] || { echo "E: Failed to fetch $mirror: no route to host"; exit 1; }
        while [[ -e "'"$work"'/slow" ]]; do sleep 0.05; done'
    stand_in chroot ':'
    stand_in npm 'echo registry=http://npm.example/; echo proxy=null'
    export PATH=$work/bin:$PATH RXLAB_DEBIAN_MIRROR=http://mirror.example/debian
    rm -rf --one-file-system "$folder" "$work"/{log,broken,slow,lent}
}

up() { "$roots" up trixie >/dev/null; }
in_root() { "$roots" exec trixie --bind /usr "$@"; }
# Nothing is mounted outside.
snapshot() { cat /proc/self/mountinfo; }
left_over() { pgrep -f "sleep 98765" >/dev/null; }
nothing_left_over() { ! left_over; }

test_up_makes_a_root_once() {
    machine
    expect 0 "$roots" up trixie
    expect_output "roots: making $folder/trixie from http://mirror.example/debian trixie*roots: trixie is in $folder/trixie"
    expect 0 "$roots" up trixie
    expect_output ''
    [[ $(wc -l <"$work/log") == 1 ]] || fail "$(cat "$work/log")"
    expect 0 "$roots" status trixie
    expect_output "trixie: $folder/trixie, made 20??-??-??"
    expect 0 "$roots" path trixie
    expect_output "$folder/trixie"
    expect 3 "$roots" status forky
    expect_output 'forky: none'
}

test_many_callers_at_once_make_one() {
    machine
    touch "$work/slow"
    local pids=() pid
    for _ in 1 2 3; do
        "$roots" up trixie >/dev/null &
        pids+=($!)
    done
    eventually 20 test -e "$work/log"
    rm "$work/slow"
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    [[ $(wc -l <"$work/log") == 1 ]] || fail "$(cat "$work/log")"
}

test_only_the_way_to_the_network_is_taken_from_the_machine() {
    machine
    stand_in apt-config 'echo "Acquire::http::Proxy \"http://proxy.example\";"; echo "APT::Update::Post-Invoke:: \"touch '"$work/hook"'\";"'
    up
    grep -q -- '--aptopt=Acquire::http::Proxy "http://proxy.example";' "$work/log" || fail "$(cat "$work/log")"
    grep -Fqx 'Acquire::http::Proxy "http://proxy.example";' "$folder/trixie/etc/apt/apt.conf.d/90rxlab"
    grep -Fqx registry=http://npm.example/ "$folder/trixie/root/.npmrc"
    ! grep -rq Post-Invoke "$work/log" "$folder/trixie/etc" || fail 'a hook of the machine'
    rm "$work/bin/apt-config"
}

test_without_a_network_one_line_names_the_remedy_and_nothing_is_left() {
    machine
    touch "$work/broken"
    expect 1 "$roots" up trixie
    expect_output "*roots: make $folder/trixie from http://mirror.example/debian: Failed to fetch *: no route to host; see $folder/.log-trixie (RXLAB_DEBIAN_MIRROR=URL names another mirror)"
    [[ -z $(ls "$folder") && ! -e $folder/.new-trixie ]] || fail "$(ls -A "$folder")"
}

test_an_interrupted_up_leaves_nothing_and_a_killed_one_is_no_root() {
    local signal
    for signal in INT TERM KILL; do
        machine
        touch "$work/slow"
        env --default-signal "$roots" up trixie >/dev/null 2>&1 &
        eventually 20 test -e "$folder/.new-trixie/proc"
        kill "-$signal" $!
        wait $! || true
        rm "$work/slow"
        [[ $signal == KILL || ! -e $folder/.new-trixie ]] || fail "$signal: $(ls -A "$folder")"
        expect 3 "$roots" status trixie
    done
    expect 0 "$roots" up trixie
    [[ ! -e $folder/.new-trixie ]] || fail 'what the killed one left'
}

test_what_it_did_not_make_it_neither_enters_nor_removes() {
    machine
    mkdir -p "$folder/trixie/etc"
    expect 1 "$roots" up trixie
    expect_output "roots: make $folder/trixie: something else is there; look at it, then: rm -r '$folder/trixie'"
    expect 125 in_root true
    expect 1 "$roots" down trixie
    expect_output "roots: remove $folder/trixie: not made by: roots up *"
    [[ -d $folder/trixie/etc ]] || fail 'it is gone'
}

test_wrong_usage_ends_with_2() {
    expect 2 "$roots"
    expect 2 "$roots" up
    expect 2 "$roots" up sid
    expect_output 'roots: up: unknown suite: sid; there are bookworm trixie forky; see: roots --help'
    expect 2 "$roots" exec trixie
    expect 2 "$roots" exec trixie --bind
    expect 2 "$roots" down trixie forky
    expect 2 "$roots" burn trixie
}

test_an_ordinary_user_is_told_to_use_sudo() {
    expect 1 setpriv --reuid=65534 --regid=65534 --clear-groups env RXLAB_CACHE=/tmp/none "$BASH" -c \
        "$(sed "s|^here=.*|here='${roots%/*}'|" "$roots")" roots up trixie
    expect_output 'roots: up: needs root, who alone may mount and make devices; run: sudo *'
}

test_a_command_has_its_output_status_folder_and_arguments() {
    machine
    up
    expect 7 in_root --cd /tmp -- sh -c 'echo "$PWD $1"; exit 7' sh 'two words'
    expect_output '/tmp two words'
    expect 125 in_root no-such-program
    expect_output 'roots: run no-such-program: No such file or directory'
    expect 125 in_root --cd /none true
    expect_output 'roots: enter /none: No such file or directory'
    expect 143 in_root sh -c 'kill -TERM $$'
    expect 0 in_root cat <<<'from outside'
    expect_output 'from outside'
    expect 125 "$roots" exec forky true
    expect_output "roots: enter $folder/forky: no root there; make it: */roots up forky"
}

test_it_sees_the_release_and_its_own_proc_run_and_tmp() {
    machine
    up
    touch "/tmp/rxlab-outside-$$"
    expect 0 in_root sh -c 'cat /etc/rxlab-root; ls -A /tmp; ls /proc | grep -c "^[0-9]"; test -c /dev/null && test -d /dev/pts'
    rm "/tmp/rxlab-outside-$$"
    expect_output $'suite=trixie\nmirror=http://mirror.example/debian\nmade=20??-??-??\n[1-6]'
}

test_unshare_works_inside() {
    machine
    up
    expect 0 in_root unshare --mount --net true
    expect 0 in_root setpriv --reuid=65534 --regid=65534 --clear-groups unshare --map-root-user --net --mount true
}

test_a_folder_is_bound_where_it_is_asked_for_and_nowhere_else() {
    machine
    up
    mkdir "$work/lent folder"
    expect 0 in_root --bind "$work/lent folder:/mnt/it" sh -c 'echo back >/mnt/it/file'
    [[ $(<"$work/lent folder/file") == back ]] || fail 'nothing came back'
    expect 125 in_root --bind /no/such/folder true
    expect_output 'roots: bind /no/such/folder: no such folder'
}

test_what_a_command_leaves_running_ends_with_it() {
    machine
    up
    expect 0 in_root sh -c 'setsid sleep 98765 >/dev/null 2>&1 & sleep 0.1'
    nothing_left_over || fail "still running: $(pgrep -af 'sleep 98765')"
}

# What it changed on this machine it must be able to put back.
test_however_exec_ends_the_command_is_told_and_may_put_things_back() {
    local signal status
    machine
    up
    mkdir -p "$work/lent"
    for signal in INT TERM HUP KILL; do
        rm -f "$work/lent"/*
        env --default-signal "$roots" exec trixie --bind /usr --bind "$work/lent:/mnt/it" sh -c '
            trap "sleep 0.2; touch /mnt/it/back; exit" TERM
            sleep 98765 &
            touch /mnt/it/ready
            wait' &
        eventually 20 test -e "$work/lent/ready"
        kill "-$signal" $!
        status=0
        wait $! || status=$?
        ((status == 128 + $(kill -l "$signal"))) || fail "$signal: status $status"
        eventually 10 test -e "$work/lent/back"
        eventually 10 nothing_left_over
    done
}

test_down_removes_it_and_nothing_outside() {
    machine
    up
    mkdir "$work/lent"
    touch "$work/lent/file"
    ln -s "$work/lent" "$folder/trixie/srv/link"
    expect 0 "$roots" down trixie
    [[ ! -e $folder/trixie && -e $work/lent/file ]] || fail "$(ls "$folder" "$work/lent")"
    expect 0 "$roots" down trixie
}

test_down_refuses_while_a_command_runs_or_something_is_mounted() {
    machine
    up
    mkdir -p "$work/lent"
    "$roots" exec trixie --bind /usr --bind "$work/lent:/mnt/it" sh -c 'touch /mnt/it/ready; exec sleep 98765' &
    eventually 20 test -e "$work/lent/ready"
    expect 1 "$roots" down trixie
    expect_output "roots: remove $folder/trixie: in use; see: fuser -v *"
    kill $!
    wait $! || true
    expect 1 unshare --mount sh -c 'mount -t tmpfs tmpfs "$1/trixie/srv" && exec "$2" down trixie' sh "$folder" "$roots"
    expect_output "roots: remove $folder/trixie: */trixie/srv is mounted; run: umount *"
    [[ -e $folder/trixie/etc/rxlab-root ]] || fail 'it is gone'
}

tidy() { end_jobs; }

run_claims "$@"
