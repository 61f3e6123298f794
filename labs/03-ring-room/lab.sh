# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A ring that is full, and one that is empty'
about='A ring of slots is shared by a driver, which fills them, and by a program, which empties them. Two numbers say who has
which: `produced` and `consumed`. Write the two functions of kernel/ring/ring.c that tell the driver how many packets the
program still has, and whether there is room for another one. The program can write anything into `consumed`.'
learnt='The difference of two numbers that wrap tells a full ring from an empty one, and exposes a program that lies. No trial
here shows why the repository reads `produced` twice: both numbers may move on between two reads, and then do not belong together.'
files=('kernel/ring/ring.c room')
# shellcheck source=check.sh
. "$folder/check.sh"
