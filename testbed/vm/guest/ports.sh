# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# The guest's ends of the channels to `vm`: control, out, err, and in or (`vm shell`) hvc0, a terminal.

port() { # NAME: prints its device
    for entry in /sys/class/virtio-ports/*; do
        read -r name <"$entry/name" 2>/dev/null || continue
        [ "$name" != "rxlab.$1" ] || echo "/dev/${entry##*/}"
    done
}

# Ports appear some time after their driver is loaded.
wait_for_ports() {
    for wanted in control out err; do
        while [ ! -c "$(port $wanted)" ]; do
            "$RXLAB_BUSYBOX" usleep 5000
        done
    done
}

say() { # WORD…
    echo "$*" >"$(port control)"
}
