# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='Unloading, and the race that it can lose'
about='A module can be unloaded at any moment when its device is not open, also while somebody is about to open it. Whether the
kernel survives that depends on the order in which rxlab_exit() of kernel/chardev/main.c takes away what rxlab_init() made:
records, numbers, class, devices, and the way from the numbers to them. Write it.'
learnt='What was made last goes first: close the way in, then take away what it leads to.'
files=('kernel/chardev/main.c exit')
# shellcheck source=check.sh
. "$folder/check.sh"
