# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='An order that is replaced'
about='A trader changes an order, and the feed says so in one message (U): the old reference, a new one, shares and a price. Write
the second half of BasicBook::replace() in lib/book/include/rxlab/book/book.hpp: `place` has the old order, `m` is the
message. What the message does not say stays as it was. The old order goes even where the new one is refused; why it is
refused is counted, in the order that the comment at apply() gives. A user who watches the top of the book (watched()) is
told at most once.'
learnt='A replaced order keeps its side and its symbol, loses its place in the queue, and nobody sees the book in between.'
files=('lib/book/include/rxlab/book/book.hpp replace')
# shellcheck source=check.sh
. "$folder/check.sh"
