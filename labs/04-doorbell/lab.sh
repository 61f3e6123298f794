# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A doorbell, and what must come before what'
about='The consumer of a ring gives slots back by writing one word, `consumed`, which the driver reads. If a writer sleeps
because the ring was full, the word `wants_doorbell` is not 0, and the consumer must ring the doorbell, with the system call
ioctl(ring->fd, RXLAB_RING_IOC_DOORBELL). Write rxlab_ring_give_back() of kernel/ring/uapi/rxlab/ring_consumer.h, which
returns whether it rang. Touch the two shared words with the functions of ring_order.h in the same folder: these keep reads
and writes in order. On x86 most mistakes here show once in a million times, so the grader looks at the order itself.'
learnt='Release orders what comes before it; only a full barrier keeps a store before a later load.'
files=('kernel/ring/uapi/rxlab/ring_consumer.h doorbell')
# shellcheck source=check.sh
. "$folder/check.sh"
