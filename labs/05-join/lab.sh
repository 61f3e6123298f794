# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A receiver that joins no group'
about='open_group_socket() of kernel_rx/socket_setup.cpp opens a UDP socket for one multicast group on one interface. Write its
second half, where the socket is open (`fd`): it must get what is sent to that group and port on that interface, and nothing
else: no other group, and not the same group on another interface, even where other sockets of this host have joined
those. set_receive_buffer(), set_option() and link::must_join() are at hand.'
learnt='Binding says which packets are meant, joining makes the network send them, and switching IP_MULTICAST_ALL off keeps out what others joined.'
files=('kernel_rx/socket_setup.cpp join')
# shellcheck source=check.sh
. "$folder/check.sh"
