# shellcheck shell=bash
# shellcheck disable=SC2034 # for those who read this file
# SPDX-License-Identifier: MIT
#
# What makes a bed an shm bed: see ../veth/kind.sh for what each of these is.
bed=shm
wire='shared memory, its sockets in /run; tap0 192.0.2.2 into the kernel'
facts=(tx_interface=tap0 rx_interface=tap0 tx_address=192.0.2.1 rx_address=192.0.2.2)
own_command=''
own_usage=''
trial=(ip tuntap add dev tap0 mode tap multi_queue)
trial_needs='CONFIG_TUN (and /dev/net/tun)'
device=tap0
# net_tap sets the interface down when its port stops, and with that the kernel forgets its route.
before_exec='ip link set dev tap0 up 2>/dev/null; ip route replace 224.0.0.0/4 dev tap0 2>/dev/null; '
