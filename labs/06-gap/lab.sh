# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A gap in the sequence numbers'
about='A feed numbers its messages. If a packet begins beyond the next number, the messages between are missing: a gap.
Write Sequencer::skip_to() of lib/rx/src/sequencer.cpp, which is called then. It counts the gap and what is missing in it,
remembers it (open_), because a late packet may still fill it, and goes on after it. lib/rx/include/rxlab/rx/sequencer.hpp
says what the members mean. It does not see the packets themselves.'
learnt='Received, missing and late messages add up, in whatever order they come.'
files=('lib/rx/src/sequencer.cpp gap')
# shellcheck source=check.sh
. "$folder/check.sh"
