#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# guest.sh: runs as root in a guest. $module_out holds the learner's module. Prints the first finding.
set -u
tracing=/sys/kernel/tracing
load() { busybox insmod "${module_out:?}/rxlab_chardev.ko"; }
unload() { busybox rmmod rxlab_chardev; }

found() {
    echo "finding $*"
    exit 0
}
bugs() { dmesg | grep -E 'BUG|WARNING|Oops|Objects remaining' | grep -m 1 -oE "$1"; }

# An open() of a number that leads nowhere would call modprobe each time.
echo >/proc/sys/kernel/modprobe
load || exit 1
echo record >/dev/rxlab0 # one that nobody has read
# In which order they are called.
printf '%s\n' cdev_del device_del >"$tracing/set_ftrace_filter" && echo function >"$tracing/current_tracer" || exit 1
unload || exit 1
first=$(grep -m 1 -oE '(cdev_del|device_del) <-' "$tracing/trace")
echo nop >"$tracing/current_tracer"
[[ -z $(bugs 'Objects remaining') ]] ||
    found cache-first "a record was queued; the kernel log says: Objects remaining"
! grep -qw rxlab /proc/devices || found numbers-stay "after rmmod, /proc/devices still has rxlab"
[[ ! -e /dev/rxlab0 ]] || found device-stays "after rmmod, /dev/rxlab0 is still there"
[[ ! -e /sys/class/rxlab ]] || found class-stays "after rmmod, /sys/class/rxlab is still there"

# What is forgotten without a trace shows at the second load, or when its memory is used again.
for ((i = 0; i < 20; i++)); do
    load || found cannot-load-again "the module could be loaded once, and not again"
    major=$(awk '$2 == "rxlab" { print $1 }' /proc/devices)
    rm -f /run/device && mknod /run/device c "$major" 0
    (for ((j = 0; j < 200; j++)); do : 2>/dev/null </run/device; done) 2>/dev/null &
    until unload 2>/dev/null; do :; done
    # The numbers lead nowhere now.
    if (: </run/device) 2>/dev/null; then found still-opens "after rmmod, its number could still be opened"; fi
    wait
done
[[ -z $(bugs '.+') ]] || found dirty-log "$(bugs '.+')"
[[ $first == cdev_del* ]] || found way-in-last "a device was taken away while cdev_del() had not been called yet"
echo 'unloaded 21 times'
