# shellcheck shell=bash disable=SC2034,SC2154 # read and set by lab
# SPDX-License-Identifier: MIT
title='Memory that is lent to a device'
about='A device reads and writes memory by itself. Before a transfer the driver lends it a piece of memory, and gets the address under
which the device finds it; afterwards it takes the memory back. Write edu_run_streaming() of kernel/edu/transfer.c: lend
`length` bytes at edu->page for one transfer in the right direction (`to_ram`: from the device), note the two addresses of
that memory in edu->dma_address and edu->physical_address, have the device transfer with edu_run(), and take it back,
however the transfer has ended. An IOMMU watches every access of the device.'
learnt='Memory is lent for one transfer, in one direction, under an address that only the device understands, and always taken back.'
files=('kernel/edu/transfer.c mapping')
# shellcheck source=check.sh
. "$folder/check.sh"
