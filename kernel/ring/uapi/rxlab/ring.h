/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What user space may know about rxlab_ring: the memory that it shares with the driver, and one
 * ioctl. ring_consumer.h beside this file uses it. Types have fixed widths, so that a 32-bit
 * program on a 64-bit kernel sees the same bytes.
 *
 *   mmap() at RXLAB_RING_MEMORY_OFFSET, read only          mmap() at RXLAB_RING_DOORBELL_OFFSET
 *   +--------+-------------+-------+-------+-----+         +----------+
 *   | header | descriptors | slot  | slot  | ... |         | doorbell |
 *   +--------+-------------+-------+-------+-----+         +----------+
 *    the driver writes                                      the consumer writes
 *
 * Packets are numbered from 0 on, and the numbers wrap at 2^32. Packet N is in the slot that
 * descriptor N % slots names. Those from `consumed` up to, and without, `produced` belong to the
 * consumer; all other slots belong to the driver. Whoever gives a slot away moves its number on,
 * and the other one sees it in shared memory: no call.
 */
#ifndef _UAPI_RXLAB_RING_H
#define _UAPI_RXLAB_RING_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The longest packet, in bytes, and the size of a slot. */
#define RXLAB_RING_PACKET_BYTES_MAX 2048

/* The fewest and the most slots; always a power of two. */
#define RXLAB_RING_SLOTS_MIN 2
#define RXLAB_RING_SLOTS_MAX 4096

/* Offsets for mmap(2). */
#define RXLAB_RING_DOORBELL_OFFSET 0
#define RXLAB_RING_MEMORY_OFFSET 0x10000000

/* [snippet: uapi] */
/**
 * struct rxlab_ring_descriptor - where a packet is
 * @offset: bytes from the beginning of the ring's memory to the slot; never changes
 * @length: bytes in the slot that are valid
 */
struct rxlab_ring_descriptor {
	__u32 offset;
	__u32 length;
};

/**
 * struct rxlab_ring_header - the beginning of the ring's memory
 * @slots: how many there are, a power of two
 * @memory_bytes: of header, descriptors and slots together
 * @produced: number of the next packet that the driver will write
 * @wants_doorbell: not 0: somebody waits for room, and the doorbell must be rung with a call
 * @reserved: zero; the words before and behind are in cache lines of their own, because one side
 *	reads the first all the time, while the other side writes the second
 * @reserved_too: likewise
 */
struct rxlab_ring_header {
	__u32 slots;
	__u32 memory_bytes;
	__u32 reserved[14];
	__u32 produced;
	__u32 wants_doorbell;
	__u32 reserved_too[14];
};

/**
 * struct rxlab_ring_doorbell - the one thing that the consumer writes
 * @consumed: number of the first packet that it has not given back yet
 */
struct rxlab_ring_doorbell {
	__u32 consumed;
};

#define RXLAB_RING_IOC_MAGIC 0xE8

/* Rings the doorbell: those who wait for room look again. */
#define RXLAB_RING_IOC_DOORBELL _IO(RXLAB_RING_IOC_MAGIC, 1)
/* [end: uapi] */

#endif /* _UAPI_RXLAB_RING_H */
