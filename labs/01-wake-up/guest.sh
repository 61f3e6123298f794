#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# guest.sh: runs as root in a guest. $module_out holds the learner's module. Prints the first finding.
set -u
device=/dev/rxlab0
busybox insmod "${module_out:?}/rxlab_chardev.ko" || exit 1

found() {
    echo "finding $*"
    exit 0
}

# A reader in the background, asleep in read(); its number in `reader`.
begin_reader() {
    timeout 60 dd if=$device bs=100 count=1 status=none >"/run/read-$1" &
    reader=$!
    local tries=0 child
    until child=$(pgrep -P "$reader") && [[ $(<"/proc/$child/wchan") == rxlab_* ]]; do
        ((tries++ < 200)) || { echo "no reader fell asleep" >&2; exit 1; }
        sleep 0.05
    done
    asleep+=("$child")
}

# How often a process has been put to sleep.
sleeps_of() { awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$1/status"; }

# Within 3 seconds.
soon() {
    local tries=0
    until "$@"; do
        ((tries++ < 60)) || return 1
        sleep 0.05
    done
}

asleep=()
begin_reader 0
timeout 20 dd of=$device bs=100 status=none <<<record
soon test -s /run/read-0 || found not-woken "a record was written while a process slept in read(), which went on sleeping"

# poll(2) without a time limit looks only when it is woken.
timeout 20 python3 -I -S - <<'END' &
import os, select
fd = os.open("/dev/rxlab0", os.O_RDONLY | os.O_NONBLOCK)
poll = select.poll()
poll.register(fd, select.POLLIN)
open("/run/polls", "w").write("yes\n")
poll.poll()
os.read(fd, 100)
open("/run/polled", "w").write("yes\n")
END
soon test -s /run/polls
sleep 0.5
timeout 20 dd of=$device bs=100 status=none <<<record
soon test -s /run/polled || found poll-not-woken "a record was written while a process slept in poll(), which went on sleeping"

asleep=()
for i in 1 2 3 4; do begin_reader "$i"; done
sleep 0.3
declare -A before
for child in "${asleep[@]}"; do before[$child]=$(sleeps_of "$child"); done
timeout 20 dd of=$device bs=100 status=none <<<record
sleep 0.5
ended=0 disturbed=0
for child in "${asleep[@]}"; do
    if [[ ! -e /proc/$child ]]; then
        ended=$((ended + 1))
    elif (($(sleeps_of "$child") > before[$child])); then
        disturbed=$((disturbed + 1)) # it ran, and went to sleep again
    fi
done
((ended == 1)) || found not-woken "one record was written for four sleeping readers, and $ended of them ended"
((disturbed == 0)) ||
    found wakes-all "one record was written for four sleeping readers: one took it, and $disturbed more woke up for nothing"
for i in 1 2 3; do timeout 20 dd of=$device bs=100 status=none <<<record; done
wait
busybox rmmod rxlab_chardev
