// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring itself: numbers, descriptors and slots. Nothing here belongs to a device, so the tests
 * compile this file for user space, too, and have two threads use it.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "driver_ring.h"

static struct rxlab_ring_descriptor *
rxlab_ring_descriptor(const struct rxlab_ring *ring, u32 number)
{
	struct rxlab_ring_descriptor *descriptors = (void *)(ring->memory + 1);

	return &descriptors[number & (ring->slots - 1)];
}

/* The slots begin at a multiple of 64 bytes, a cache line, and each is a multiple of that. */
static u32 rxlab_ring_first_slot(u32 slots)
{
	u32 bytes = sizeof(struct rxlab_ring_header) + slots * sizeof(struct rxlab_ring_descriptor);

	return (bytes + 63) / 64 * 64;
}

u32 rxlab_ring_memory_bytes(u32 slots)
{
	return rxlab_ring_first_slot(slots) + slots * RXLAB_RING_PACKET_BYTES_MAX;
}

/* @memory: as many bytes as rxlab_ring_memory_bytes(); both it and @doorbell are zero. */
void rxlab_ring_init(struct rxlab_ring *ring, void *memory, void *doorbell, u32 slots)
{
	u32 i;

	ring->memory = memory;
	ring->doorbell = doorbell;
	ring->slots = slots;
	ring->memory->slots = slots;
	ring->memory->memory_bytes = rxlab_ring_memory_bytes(slots);
	for (i = 0; i < slots; i++)
		rxlab_ring_descriptor(ring, i)->offset =
			rxlab_ring_first_slot(slots) + i * RXLAB_RING_PACKET_BYTES_MAX;
}

/* [snippet: fill] */
/* [lab: room] */
/* How many packets the consumer has, or -EIO: what it wrote into the doorbell cannot be. */
int rxlab_ring_fill(const struct rxlab_ring *ring)
{
	u32 produced, consumed;

	/* Both may move on while we look. Where `produced` has not, the two belong together. */
	do {
		/* Acquire: where the kernel consumes for read(2), the packet comes after it. */
		produced = smp_load_acquire(&ring->memory->produced);
		/*
		 * Acquire: we write to a slot after we read this word. It pairs with the release in
		 * rxlab_ring_give_back(), before which the consumer has read the slot.
		 */
		consumed = smp_load_acquire(&ring->doorbell->consumed);
	} while (produced != READ_ONCE(ring->memory->produced));
	/* A difference, because it stays right when the numbers wrap. */
	return produced - consumed <= ring->slots ? (int)(produced - consumed) : -EIO;
}

/* Whether a packet may be written now. */
bool rxlab_ring_has_room(const struct rxlab_ring *ring)
{
	int fill = rxlab_ring_fill(ring);

	return fill >= 0 && fill < (int)ring->slots;
}

/* [end lab: room] */
/* [end: fill] */

/* [snippet: publish] */
/* The slot for the next packet; only where there is room. */
void *rxlab_ring_free_slot(const struct rxlab_ring *ring)
{
	return (void *)ring->memory + rxlab_ring_descriptor(ring, ring->memory->produced)->offset;
}

/* Gives the slot to the consumer, with @length bytes in it. */
void rxlab_ring_publish(struct rxlab_ring *ring, u32 length)
{
	u32 produced = ring->memory->produced; /* only we change it */

	rxlab_ring_descriptor(ring, produced)->length = length;
	/*
	 * Release: whoever sees this word sees the packet and its length. It pairs with the acquire
	 * in rxlab_ring_ready(). Without it, the consumer could read a slot that is not filled yet:
	 * a compiler may put this store first, and so may many processors, though not x86.
	 */
	smp_store_release(&ring->memory->produced, produced + 1);
}

/* [end: publish] */

/* For read(2), where the kernel consumes for a process: the packet at `consumed`. */
const void *rxlab_ring_oldest(const struct rxlab_ring *ring, u32 *length)
{
	struct rxlab_ring_descriptor *descriptor =
		rxlab_ring_descriptor(ring, READ_ONCE(ring->doorbell->consumed));

	*length = descriptor->length;
	return (void *)ring->memory + descriptor->offset;
}

void rxlab_ring_drop_oldest(struct rxlab_ring *ring)
{
	/* Release: as in rxlab_ring_give_back(), the packet was read before. */
	smp_store_release(&ring->doorbell->consumed, READ_ONCE(ring->doorbell->consumed) + 1);
}

void rxlab_ring_drop_all(struct rxlab_ring *ring)
{
	WRITE_ONCE(ring->doorbell->consumed, READ_ONCE(ring->memory->produced));
}
