# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A reader that nobody wakes'
about='A process that reads from the character driver and finds no record sleeps. At the end of rxlab_write_iter() of
kernel/chardev/fops.c there is a record, and somebody must say so: to one reader of those that sleep in read(), because there
is one record, and to those that wait in poll() or epoll for something to read.'
learnt='A wake-up goes to the right queue, and wakes no more readers than there are records. It can also say what it is for,
so that those who wait in poll() for something else sleep on.'
files=('kernel/chardev/fops.c wake-up')
# shellcheck source=check.sh
. "$folder/check.sh"
