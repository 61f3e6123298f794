#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# interfaces.sh PROGRAM: runs it with the interfaces rx0 and other0; other0 has the route to all groups.
set -eu
ip link set lo up
for name in rx other; do
    ip link add "${name}0" type veth peer name "${name}1"
    ip link set "${name}0" up
    ip link set "${name}1" up
done
ip address add 10.1.0.1/24 dev rx0
ip address add 10.2.0.1/24 dev other0
ip route add 224.0.0.0/4 dev other0
exec "$1"
