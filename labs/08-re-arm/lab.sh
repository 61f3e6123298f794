# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='A poll that never rests, or never comes back'
about='When packets come, the network card interrupts; nic_interrupt() switches its interrupts off and asks the kernel to poll. From
then on the kernel calls nic_poll() of kernel/nic82574/interrupt.c until that says that the ring is empty. Write its end:
take packets with nic_rx(), at most `budget`, and return how many; where there are no more, tell the kernel so
(napi_complete_done()), and let the card interrupt again (nic_irq_on()), unless the kernel wants to go on without it.'
learnt='A driver polls while there is work, and goes back to interrupts when there is none: first the kernel is told, then the card.'
files=('kernel/nic82574/interrupt.c re-arm')
# shellcheck source=check.sh
. "$folder/check.sh"
