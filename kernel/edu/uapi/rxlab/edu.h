/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What user space may know about rxlab_edu: the size of the device's buffer, ioctl numbers, and the
 * structure that crosses the border. The driver includes this file, and so does every program that
 * talks to it, which includes nothing else of the driver.
 *
 * Reading and writing /dev/rxlab_eduN at a position reads and writes the device's buffer there, by
 * DMA.
 */
#ifndef _UAPI_RXLAB_EDU_H
#define _UAPI_RXLAB_EDU_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * The buffer within the device, in bytes: /dev/rxlab_eduN ends there. The device has one more, but
 * QEMU (7.2 does) may take a transfer of the last for one beyond the end, and end the whole guest.
 */
#define RXLAB_EDU_BUFFER_BYTES 4095

/* Causes of interrupts that the device sets itself; RXLAB_EDU_IOC_RAISE takes all others. */
#define RXLAB_EDU_CAUSE_FACTORIAL 0x001
#define RXLAB_EDU_CAUSE_DMA 0x100

/* [snippet: uapi] */
/**
 * struct rxlab_edu_info - what the driver knows about a device
 * @identification: what the device says of itself: 0xRRrr00ed, major and minor version
 * @msi: 1: its interrupts are messages (MSI); 0: they are a wire (INTx)
 * @vector: the number of its interrupt in /proc/interrupts
 * @reserved: zero
 * @interrupts: interrupts that were the device's, since the driver was bound to it
 * @transfers: transfers by DMA that came to their end
 * @physical_address: where the memory of the last transfer is, if that was a streaming one (else 0)
 * @dma_address: the address of that memory that the device was given; another one, if an IOMMU
 *	translates; 0: there was no transfer
 */
struct rxlab_edu_info {
	__u32 identification;
	__u32 msi;
	__u32 vector;
	__u32 reserved;
	__u64 interrupts;
	__u64 transfers;
	__u64 physical_address;
	__u64 dma_address;
};

#define RXLAB_EDU_IOC_MAGIC 0xE8

/* Copies the information out. */
#define RXLAB_EDU_IOC_INFO _IOR(RXLAB_EDU_IOC_MAGIC, 1, struct rxlab_edu_info)
/* Has the device invert each bit of the number. */
#define RXLAB_EDU_IOC_INVERT _IOWR(RXLAB_EDU_IOC_MAGIC, 2, __u32)
/* Has the device replace the number by its factorial, modulo 2^32, and sleeps meanwhile. */
#define RXLAB_EDU_IOC_FACTORIAL _IOWR(RXLAB_EDU_IOC_MAGIC, 3, __u32)
/* Has the device raise an interrupt for these causes, and sleeps until the driver has seen all. */
#define RXLAB_EDU_IOC_RAISE _IOW(RXLAB_EDU_IOC_MAGIC, 4, __u32)
/* 1: read and write by this descriptor use coherent memory; 0, as opened: streaming mappings. */
#define RXLAB_EDU_IOC_COHERENT _IOW(RXLAB_EDU_IOC_MAGIC, 5, __u32)
/* [end: uapi] */

#endif /* _UAPI_RXLAB_EDU_H */
