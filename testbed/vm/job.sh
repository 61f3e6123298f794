# shellcheck shell=bash disable=SC2154 # variables of vm
# SPDX-License-Identifier: MIT
#
# The job: a shell script that tells the guest's stage2 what to do. If it is sourced, it sets variables for stage2;
# with the argument "job" it becomes the command.

quoted() { # TEXT: for any Bourne shell
    printf "'%s'" "${1//\'/\'\\\'\'}"
}

# The part of our environment that the command gets: language, terminal and the variables of this project's tests.
environment() {
    local name
    for name in "${!LC_@}" LANG TERM "${!RXLAB_@}" "${!GTEST_@}" "${passed_names[@]}"; do
        [[ -z ${!name+set} ]] || printf 'export %s=%s\n' "$name" "$(quoted "${!name}")"
    done
    printf 'export PATH=%s\n' "$(quoted "$PATH:/usr/local/sbin:/usr/sbin:/sbin")"
    echo 'export HOME=/run/home USER=root LOGNAME=root'
}

mounts() {
    local i
    echo 'rxlab_mounts() {'
    for i in "${!shares[@]}"; do
        # shellcheck disable=SC2016 # expanded in the guest
        printf '$B mkdir -p %s && $B mount -t 9p -o %s share%d %s\n' "$(quoted "${shares[i]}")" \
            trans=virtio,version=9p2000.L,msize=262144,cache=mmap "$i" "$(quoted "${shares[i]}")"
    done
    echo ':; }'
}

# The guest has no udev: if devices were asked for, this loads their drivers by their modalias.
drivers() {
    echo 'rxlab_drivers() {'
    # shellcheck disable=SC2016 # expanded in the guest
    ((${#nics[@]} + ${#devices[@]} + ${#slots[@]} == 0)) ||
        echo 'for bus in pci virtio; do for alias in /sys/bus/$bus/devices/*/modalias; do modprobe -q "$(cat "$alias")"; done; done'
    echo ':; }'
}

write_job() { # TERMINAL
    local word
    # shellcheck disable=SC2016 # expanded in the guest
    echo 'if [ "${1:-}" != job ]; then'
    printf 'rxlab_modules=%s\nrxlab_terminal=%s\n' "$(quoted "$modules")" "$1"
    mounts
    drivers
    echo else
    environment
    [[ -z $1 ]] || printf 'stty %s 2>/dev/null\n' "$(stty size | awk '{ print "rows", $1, "cols", $2 }')"
    printf 'cd %s || exit 125\nexec' "$(quoted "$PWD")"
    for word in "${words[@]}"; do
        printf ' %s' "$(quoted "$word")"
    done
    printf '\nfi\n'
}
