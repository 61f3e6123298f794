# shellcheck shell=bash disable=SC2154 # variables of roots
# SPDX-License-Identifier: MIT
#
# `roots up`: mmdebstrap, with this machine's own Debian mirror and way to the network. Neither the machine's package
# lists nor its settings are touched.

# The Debian mirror of this machine's own sources; Debian's own where there is none. RXLAB_DEBIAN_MIRROR goes first.
debian_mirror() {
    local uri=''
    uri=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)' 2>/dev/null |
        sed -n 's/^Debian|main|//p' | grep -v -i security | head -n 1)
    printf '%s' "${RXLAB_DEBIAN_MIRROR:-${uri:-http://deb.debian.org/debian}}"
}

# apt's way to the network, for mmdebstrap and, in the root, for `./rxlab setup`; not its hooks.
network_of_apt() {
    apt-config dump | grep '^Acquire::' | grep -v -e '^Acquire::IndexTargets' -e ' "";$'
    printf '%s\n' 'Acquire::Languages "none";'
}

# npm's way to the network.
network_of_npm() {
    command -v npm >/dev/null || return 0
    (cd / && npm config get registry proxy https-proxy noproxy 2>/dev/null) |
        grep -E '^(registry|proxy|https-proxy|noproxy)=.' | grep -v -E '=(null|undefined)$'
    printf '%s\n' cafile=/etc/ssl/certs/ca-certificates.crt update-notifier=false
}

# What a fresh root must have of this machine: certificates of its own authorities, the way to the network, and /srv,
# where the tests' clone is and an ordinary user may enter.
settle_in() { # ROOT
    local own=/usr/local/share/ca-certificates
    mkdir -p -- "$1$own" "$1/root/.cache/rxlab" "$1/srv" || return
    [[ ! -d $own ]] || cp -R --dereference -- "$own/." "$1$own/" || return
    network_of_apt >"$1/etc/apt/apt.conf.d/90rxlab" || return
    network_of_npm >"$1/root/.npmrc" || return
    : >"$1/etc/resolv.conf" && cp -- /etc/hosts "$1/etc/hosts" || return
    # No service of a root starts: its processes end with the command that was run in it.
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" && chmod 755 -- "$1/usr/sbin/policy-rc.d" || return
    # What is in a root can be made again; waiting for the disk after each package takes longer than unpacking it.
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/90rxlab" || return
    chroot "$1" update-ca-certificates >>"$log" 2>&1 || return
    printf 'suite=%s\nmirror=%s\nmade=%s\n' "$suite" "$mirror" "$(date -u +%Y-%m-%d)" >"$1/etc/rxlab-root"
}

# The first thing that apt or mmdebstrap complained of.
complaint() { # LOG
    grep -m 1 -E '^(E|Err|error): ' -- "$1" | sed 's/^[A-Za-z]*: //'
}

bootstrap() { # FOLDER LOG
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg options=() line
    while IFS= read -r line; do
        options+=(--aptopt="$line")
    done < <(network_of_apt)
    # A signal to us waits for no child; the child ends with us, or before we clear up. What it mounts, only it sees.
    setpriv --pdeathsig TERM mmdebstrap --mode=root --variant=minbase --format=directory --components=main \
        --include=ca-certificates,apt-utils --keyring="$keyring" "${options[@]}" "$suite" "$1" "$mirror" >"$2" 2>&1 &
    bootstrapping=$!
    wait "$bootstrapping" || return
    bootstrapping=''
}

give_up() {
    if [[ -n $bootstrapping ]]; then
        kill -TERM "$bootstrapping" 2>/dev/null
        wait "$bootstrapping"
    fi
    remove_folder "$roots_dir/.new-$suite"
}

up() {
    local new mirror log reason bootstrapping=''
    need_suite up "$@"
    (($# == 1)) || wrong_usage "unexpected argument: $2"
    need_root up
    need_program mmdebstrap mmdebstrap
    need_program setpriv util-linux
    need_program flock util-linux
    [[ -r /usr/share/keyrings/debian-archive-keyring.gpg ]] ||
        die "read /usr/share/keyrings/debian-archive-keyring.gpg: missing; apt-get install debian-archive-keyring"
    mkdir -p -- "$roots_dir" || die "write $roots_dir: see above"
    new=$roots_dir/.new-$suite
    lock_root exclusive || die "lock $lock: see above"
    if made_by_us "$root"; then
        return # another caller was first
    fi
    [[ ! -e $root ]] || die "make $root: something else is there; look at it, then: rm -r '$root'"
    [[ ! -e $new ]] || remove_folder "$new" # of one that was killed
    mirror=$(debian_mirror)
    log=$roots_dir/.log-$suite
    trap give_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    echo "roots: making $root from $mirror $suite (about two minutes)"
    if ! bootstrap "$new" "$log"; then
        reason=$(complaint "$log")
        die "make $root from $mirror: ${reason:-mmdebstrap failed}; see $log (RXLAB_DEBIAN_MIRROR=URL names another mirror)"
    fi
    settle_in "$new" || die "set up $new: see above; is the disk full?"
    mv -T -- "$new" "$root" || die "rename $new: see above"
    trap - EXIT INT HUP TERM
    rm -f -- "$log"
    echo "roots: $suite is in $root"
}
