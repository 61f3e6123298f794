# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A benchmark without a sin'
about='For each packet, the sender wrote down when it was due and when it was sent (`first` and `second` of its record), and
the receiver when it had it and when its book was up to date (likewise). Write the one line of join() in
bench/analysis/join.cpp that makes a latency of them, in nanoseconds: the one that this benchmark reports. difference_ns()
above it converts. Most benchmarks get this line wrong, and look better for it.'
learnt='Latency runs from when a packet was due until it has been used, and an impossible one is shown, not hidden.'
files=('bench/analysis/join.cpp latency')
# shellcheck source=check.sh
. "$folder/check.sh"
