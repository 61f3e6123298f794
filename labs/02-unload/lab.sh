# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='Unloading, and the race that it can lose'
about='A module can be unloaded while somebody opens its device, reads from it, or sleeps in it. Two things decide whether the
kernel survives that: one entry in the table of kernel/chardev/fops.c, through which the kernel knows that the module is in
use, and the order in which rxlab_exit() of kernel/chardev/main.c takes away what rxlab_init() made. Write both.'
learnt='What is open holds the module, and what was made last goes first.'
files=('kernel/chardev/fops.c owner' 'kernel/chardev/main.c exit')
# shellcheck source=check.sh
. "$folder/check.sh"
