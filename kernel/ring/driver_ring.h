/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's end of the ring. It does not sleep and does not lock: whoever uses it sees to it
 * that there is one producer at a time, and one consumer.
 */
#ifndef _RXLAB_DRIVER_RING_H
#define _RXLAB_DRIVER_RING_H

#include <linux/types.h>
#include <rxlab/ring.h>

/* [snippet: ring] */
/**
 * struct rxlab_ring - the ring, as the driver sees it
 * @memory: header, descriptors and slots; user space can map and read them
 * @doorbell: the page that user space writes: nothing in it can be trusted
 * @slots: how many, a power of two
 */
struct rxlab_ring {
	struct rxlab_ring_header *memory;
	struct rxlab_ring_doorbell *doorbell;
	u32 slots;
};

/* [end: ring] */

u32 rxlab_ring_memory_bytes(u32 slots);
void rxlab_ring_init(struct rxlab_ring *ring, void *memory, void *doorbell, u32 slots);

int rxlab_ring_fill(const struct rxlab_ring *ring);
bool rxlab_ring_has_room(const struct rxlab_ring *ring);
void *rxlab_ring_free_slot(const struct rxlab_ring *ring);
void rxlab_ring_publish(struct rxlab_ring *ring, u32 length);

const void *rxlab_ring_oldest(const struct rxlab_ring *ring, u32 *length);
void rxlab_ring_drop_oldest(struct rxlab_ring *ring);
void rxlab_ring_drop_all(struct rxlab_ring *ring);

#endif /* _RXLAB_DRIVER_RING_H */
