#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mounts.sh ROOT BIND…: in a session's namespaces (session.py), the mounts that ROOT needs as a root folder. BIND… are
# pairs: a folder of this machine, and where it is in ROOT.
set -u

die() {
    printf 'roots: %s\n' "$*" >&2
    exit 125
}

root=$1
shift
binds=("$@")

mount_at() { # FOLDER OPTION…
    local at=$root$1
    shift
    { mkdir -p -- "$at" && mount "$@" "$at"; } || die "mount ${at#"$root"} in $root: see above"
}

bind_file() { # FILE: one of this machine, at the same path, where there is one
    [[ -e $1 ]] || return 0
    [[ -e $root$1 ]] || : >"$root$1"
    mount --bind -- "$(realpath -- "$1")" "$root$1" || die "bind $1 in $root: see above"
}

mount --bind -- "$root" "$root" || die "bind $root: see above; in a container, give it CAP_SYS_ADMIN"
mount_at /proc -t proc -o nosuid,nodev,noexec proc
mount_at /sys --rbind /sys
mount_at /dev -t tmpfs -o mode=755,nosuid,size=64k tmpfs
mount_at /dev/pts -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts
mount_at /dev/shm -t tmpfs -o mode=1777,nosuid,nodev tmpfs
mount_at /run -t tmpfs -o mode=755,nosuid,nodev tmpfs
mount_at /tmp -t tmpfs -o mode=1777,nosuid,nodev tmpfs
mkdir -p -- "$root/run/lock" "$root/dev/net" && chmod 1777 -- "$root/run/lock"
for device in null zero full random urandom tty kvm net/tun cpu_dma_latency; do
    bind_file "/dev/$device"
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
bind_file /etc/resolv.conf
mount -o remount,bind,ro "$root/etc/resolv.conf" || die "protect /etc/resolv.conf: see above"
for ((i = 0; i < ${#binds[@]}; i += 2)); do
    mount_at "${binds[i + 1]}" --rbind -- "${binds[i]}"
done
