#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Usage: refusals.sh root: what `veth check` and `veth up` say where a bed cannot be built. Root is
# needed to make such places: namespaces of this test's own, never the machine's settings.
# shellcheck source=testbed.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/testbed.sh"

# Runs a command as the ordinary user in a user namespace that allows no further ones.
without_user_namespaces() {
    unshare --user bash -c '
        until [[ $(id -u) == 0 ]]; do sleep 0.01; done
        # A second program, because the first was started before it was root.
        exec bash -c "echo 0 >/proc/sys/user/max_user_namespaces
            exec setpriv --reuid=$0 --regid=$0 --clear-groups \"\$@\"" sh "$@"' "$ordinary" "$@" &
    local pid=$!
    until [[ ! /proc/$pid/ns/user -ef /proc/self/ns/user ]]; do sleep 0.01; done
    echo '0 0 65536' >"/proc/$pid/gid_map"
    echo '0 0 65536' >"/proc/$pid/uid_map"
    wait "$pid"
}

test_switched_off_user_namespaces_are_named_with_the_remedy() {
    need_open_clone
    local command
    for command in check up; do
        expect 1 without_user_namespaces "$veth" "$command"
        expect_output 'veth: make a user namespace: switched off; as root: sysctl user.max_user_namespaces=*'
    done
    local left=(/tmp/rxlab-veth-"$ordinary-$RXLAB_BED"*)
    [[ ! -e ${left[0]} ]] || fail "left: ${left[*]}"
}

test_a_missing_program_is_named_with_its_package() {
    local directory name
    directory=$(mktemp -d)
    for name in bash cat dirname ip nsenter readlink unshare; do
        ln -s "$(command -v "$name")" "$directory/$name"
    done
    expect 1 env PATH="$directory" "$directory/bash" "$veth" check
    expect_output 'veth: find the program setpriv: not installed; apt-get install util-linux'
    expect 1 env PATH="$directory" "$directory/bash" "$veth" up
    rm -r "$directory"
    expect_output 'veth: find the program python3: not installed; apt-get install python3'
}

test_a_state_directory_of_someone_else_is_refused() {
    local directory
    directory=$(state_dir)
    mkdir "$directory"
    chown "$ordinary" "$directory"
    expect 1 "$veth" up
    rmdir "$directory"
    expect_output "veth: use $directory: it belongs to someone else;*"
    ln -s /tmp "$directory"
    expect 1 "$veth" up
    rm "$directory"
    expect_output "veth: use $directory: it belongs to someone else;*"
}

test_huge_pages_that_cannot_be_had_are_complained_about() {
    # A kernel that gives none, as on a machine with fragmented memory.
    expect 0 unshare --mount bash -c '
        cd /sys/kernel/mm/hugepages/hugepages-2048kB
        mount -t tmpfs tmpfs . && echo 0 | tee "$PWD/nr_hugepages" >"$PWD/free_hugepages" &&
            mount -o remount,ro "$PWD"
        "$1" up --huge-pages 8' sh "$veth"
    expect_output 'veth: take 8 huge pages: 0 are free, the memory is in use or fragmented;*'
}

run_tests "$@"
