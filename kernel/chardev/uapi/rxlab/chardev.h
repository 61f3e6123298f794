/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What user space may know about rxlab_chardev: limits, ioctl numbers, and the structure that
 * crosses the border. The driver includes this file, and so does every program that talks to it,
 * which includes nothing else of the driver. Types have fixed widths, so that a 32-bit program on a
 * 64-bit kernel sees the same bytes.
 */
#ifndef _UAPI_RXLAB_CHARDEV_H
#define _UAPI_RXLAB_CHARDEV_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The longest record, in bytes; a longer write fails with EMSGSIZE. */
#define RXLAB_RECORD_BYTES_MAX 1024

/* The most records that the FIFO of a device may be told to hold. */
#define RXLAB_CAPACITY_MAX 1024

/* [snippet: uapi] */
/**
 * struct rxlab_statistics - what a device counted since the module was loaded
 * @records_written: records that entered the FIFO
 * @records_read: records that a reader took to the last byte
 * @records_dropped: records cleared away, or not read to the end by the opener that began them
 * @bytes_written: bytes that entered the FIFO
 * @bytes_read: bytes that were copied to readers
 * @queued: records in the FIFO now
 * @capacity: records that the FIFO holds at most
 * @openers: open file descriptions of the device now
 * @reserved: zero
 *
 * The ledger closes: when nobody is in the middle of a record, records_written is
 * records_read + records_dropped + queued.
 */
struct rxlab_statistics {
	__u64 records_written;
	__u64 records_read;
	__u64 records_dropped;
	__u64 bytes_written;
	__u64 bytes_read;
	__u32 queued;
	__u32 capacity;
	__u32 openers;
	__u32 reserved;
};

#define RXLAB_IOC_MAGIC 0xE7

/* Copies the statistics out. */
#define RXLAB_IOC_STATISTICS _IOR(RXLAB_IOC_MAGIC, 1, struct rxlab_statistics)
/* Drops every queued record; the descriptor must be open for writing (EBADF). */
#define RXLAB_IOC_CLEAR _IO(RXLAB_IOC_MAGIC, 2)
/*
 * Sets the capacity, 1 to RXLAB_CAPACITY_MAX records (EINVAL), not below what is queued (EBUSY);
 * open for writing (EBADF), and CAP_SYS_RESOURCE (EPERM), because it takes kernel memory.
 */
#define RXLAB_IOC_RESIZE _IOW(RXLAB_IOC_MAGIC, 3, __u32)
/* [end: uapi] */

#endif /* _UAPI_RXLAB_CHARDEV_H */
