# shellcheck shell=bash
# shellcheck disable=SC2034 # for those who read this file
# SPDX-License-Identifier: MIT
#
# What makes a bed a veth bed.
bed=veth
wire='tx0 192.0.2.1 -> rx0 192.0.2.2'
# For `info`.
facts=(tx_interface=tx0 rx_interface=rx0 tx_address=192.0.2.1 rx_address=192.0.2.2 napi_switch=yes)
# A command that only this kind has, a function that takes one argument, and its line of the usage.
own_command=napi
own_usage='       veth napi on|off                         a receive queue that can be busy-polled, or none
'
# If this fails in fresh namespaces, no bed can be built: the kernel lacks what it needs.
trial=(ip link add tx0 type veth peer name rx0)
trial_needs=CONFIG_VETH
# The device that goes at once with the bed; the other end goes with it.
device=tx0
# Commands before each `exec`, at its end.
before_exec=''
