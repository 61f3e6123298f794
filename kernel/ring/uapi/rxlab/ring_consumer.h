/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The consumer of a ring, in user space: C and C++. One thread; none of this allocates.
 *
 *   if (rxlab_ring_attach(&ring, fd) != 0) …                    two mmap(), once
 *   for (;;) {
 *       n = rxlab_ring_ready(&ring);                            no call
 *       if (n == 0) { poll(…POLLIN…); continue; }               a call, only with nothing there
 *       for (i = 0; i < n; i++)
 *           use(rxlab_ring_packet(&ring, i, &length), length);
 *       rxlab_ring_give_back(&ring, n);                         no call, unless a writer waits
 *   }
 */
#ifndef _UAPI_RXLAB_RING_CONSUMER_H
#define _UAPI_RXLAB_RING_CONSUMER_H

#include <rxlab/ring.h>
#include <rxlab/ring_order.h>

#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/**
 * struct rxlab_ring_consumer - a ring that is mapped
 * @fd: the device, open for reading and writing
 * @memory: what the driver writes: header, descriptors, slots
 * @doorbell: what we write
 * @next: number of the first packet that was not given back; only we change it
 */
struct rxlab_ring_consumer {
	int fd;
	const struct rxlab_ring_header *memory;
	struct rxlab_ring_doorbell *doorbell;
	__u32 next;
};

/* [snippet: ready] */
/* How many packets are there, from packet `next` on. */
static inline __u32 rxlab_ring_ready(const struct rxlab_ring_consumer *ring)
{
	/*
	 * Acquire: what we read of the packets, we read after this word. It pairs with the release
	 * in rxlab_ring_publish(), behind which the packets are complete.
	 */
	return rxlab_load_acquire(&ring->memory->produced) - ring->next;
}

/* The packet `next + index`, with index below what rxlab_ring_ready() said; no copy of it. */
static inline const void *rxlab_ring_packet(const struct rxlab_ring_consumer *ring, __u32 index,
					    __u32 *length)
{
	const struct rxlab_ring_descriptor *descriptors =
		(const struct rxlab_ring_descriptor *)(ring->memory + 1);
	const struct rxlab_ring_descriptor *descriptor =
		&descriptors[(ring->next + index) & (ring->memory->slots - 1)];

	*length = descriptor->length;
	return (const char *)ring->memory + descriptor->offset;
}

/* [end: ready] */

/* [snippet: give-back] */
/* The driver may write to the first `count` slots again. Returns whether that took a call. */
static inline int rxlab_ring_give_back(struct rxlab_ring_consumer *ring, __u32 count)
{
	/* [lab: doorbell] */
	ring->next += count;
	/*
	 * Release: what we read of the packets, we read before this word. It pairs with the acquire
	 * in rxlab_ring_fill(), behind which the driver writes to the slots.
	 */
	rxlab_store_release(&ring->doorbell->consumed, ring->next);
	/*
	 * A writer that finds the ring full sets `wants_doorbell` and then looks at `consumed` once
	 * more. We wrote `consumed`, and now look at `wants_doorbell`. If each side looked before
	 * its own word had arrived, both would miss the other's, and the writer would sleep for
	 * ever. Release does not prevent that, on x86 neither: a full barrier does, one on each
	 * side. The other one is in rxring_may_write().
	 */
	rxlab_full_barrier();
	if (!rxlab_load(&ring->memory->wants_doorbell))
		return 0;
	ioctl(ring->fd, RXLAB_RING_IOC_DOORBELL);
	return 1;
	/* [end lab: doorbell] */
}

/* [end: give-back] */

/* Maps the ring of `fd`. Returns 0, or -1 and errno of mmap(2). */
static inline int rxlab_ring_attach(struct rxlab_ring_consumer *ring, int fd)
{
	const size_t page = 4096; /* the header says how much there is */
	const struct rxlab_ring_header *header;
	size_t bytes;
	void *memory, *doorbell;

	memory = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, RXLAB_RING_MEMORY_OFFSET);
	if (memory == MAP_FAILED)
		return -1;
	header = (const struct rxlab_ring_header *)memory;
	bytes = header->memory_bytes;
	munmap(memory, page);
	memory = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, RXLAB_RING_MEMORY_OFFSET);
	if (memory == MAP_FAILED)
		return -1;
	doorbell = mmap(NULL, sizeof(*ring->doorbell), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			RXLAB_RING_DOORBELL_OFFSET);
	if (doorbell == MAP_FAILED) {
		int error = errno;

		munmap(memory, bytes);
		errno = error;
		return -1;
	}
	ring->fd = fd;
	ring->memory = (const struct rxlab_ring_header *)memory;
	ring->doorbell = (struct rxlab_ring_doorbell *)doorbell;
	ring->next = rxlab_load(&ring->doorbell->consumed);
	return 0;
}

/* Unmaps it; the descriptor stays open. */
static inline void rxlab_ring_detach(struct rxlab_ring_consumer *ring)
{
	munmap((void *)ring->memory, ring->memory->memory_bytes);
	munmap((void *)ring->doorbell, sizeof(*ring->doorbell));
}

#endif /* _UAPI_RXLAB_RING_CONSUMER_H */
