/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of QEMU's edu device, in its BAR 0. The source is docs/specs/edu.rst of QEMU; what
 * that leaves open is said here as hw/misc/edu.c has it.
 */
#ifndef _RXLAB_EDU_REGISTERS_H
#define _RXLAB_EDU_REGISTERS_H

#include <linux/bits.h>

/* [snippet: registers] */
/* Registers below 0x80 take accesses of 4 bytes only; those from there on, of 4 or 8. */

/* Read only: 0xRRrr00ed, major and minor version. */
#define EDU_IDENTIFICATION 0x00
#define EDU_IDENTIFICATION_MASK 0xffff
#define EDU_IDENTIFICATION_VALUE 0x00ed

/* Reads as the inverse of what was written: is the device alive, and is this its memory? */
#define EDU_LIVENESS 0x04

/*
 * Takes a number, and holds its factorial once EDU_STATUS_COMPUTING is clear. What is written
 * before that is ignored.
 */
#define EDU_FACTORIAL 0x08

#define EDU_STATUS 0x20
#define EDU_STATUS_COMPUTING BIT(0) /* read only */
#define EDU_STATUS_INTERRUPT BIT(7) /* raise EDU_CAUSE_FACTORIAL when a factorial is ready */

/* Read only: causes that were raised and not acknowledged. */
#define EDU_CAUSES 0x24
#define EDU_CAUSE_FACTORIAL BIT(0)
#define EDU_CAUSE_DMA BIT(8)

/* Write only: raises an interrupt for these causes, whatever bits they are. */
#define EDU_RAISE 0x60

/*
 * Write only: takes these causes back. An INTx wire stays up until none is left, so the handler is
 * called again and again until it has done this; a message (MSI) was sent once for each.
 */
#define EDU_ACKNOWLEDGE 0x64

/*
 * A transfer is between RAM and the device's own buffer, never both on one side. A source or
 * destination in the buffer counts from EDU_BUFFER; QEMU does not stop a transfer beyond its end.
 * An address in RAM is cut to 28 bits (or as -device edu,dma_mask=… says). While a transfer is on
 * its way, all that is written here is ignored.
 */
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_DESTINATION 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START BIT(0) /* stays set for the 100 ms that a transfer takes */
#define EDU_DMA_TO_RAM BIT(1) /* clear: from RAM to the device */
#define EDU_DMA_INTERRUPT BIT(2) /* raise EDU_CAUSE_DMA at the end */

#define EDU_DMA_BITS 28

#define EDU_BUFFER 0x40000
/* [end: registers] */

#endif /* _RXLAB_EDU_REGISTERS_H */
