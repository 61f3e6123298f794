/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded FIFO of records, and its counters. A record is filled before it is pushed, and copied
 * out after it is popped: the spinlock is held only while lists and counters change, so nothing
 * sleeps under it.
 */
#ifndef _RXLAB_FIFO_H
#define _RXLAB_FIFO_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <rxlab/chardev.h>

/* [snippet: record] */
/**
 * struct rxlab_record - one record, as one write() made it
 * @entry: place in the FIFO
 * @length: bytes in @data that are valid; the rest is never copied anywhere
 * @consumed: bytes that its reader already has
 * @data: what was written
 */
struct rxlab_record {
	struct list_head entry;
	u32 length;
	u32 consumed;
	u8 data[RXLAB_RECORD_BYTES_MAX];
};

/* [end: record] */

/* [snippet: fifo] */
/**
 * struct rxlab_fifo - records in the order in which they were written
 * @lock: guards everything below
 * @records: the queued records
 * @counts: the counters, the fill level and the capacity
 */
struct rxlab_fifo {
	spinlock_t lock; /* never held while something may sleep */
	struct list_head records;
	struct rxlab_statistics counts;
};

/* [end: fifo] */

int rxlab_records_init(void);
void rxlab_records_exit(void);
struct rxlab_record *rxlab_record_from_iter(struct iov_iter *from);
void rxlab_record_free(struct rxlab_record *record);

void rxlab_fifo_init(struct rxlab_fifo *fifo, u32 capacity);
bool rxlab_fifo_push(struct rxlab_fifo *fifo, struct rxlab_record *record);
struct rxlab_record *rxlab_fifo_pop(struct rxlab_fifo *fifo);
void rxlab_fifo_clear(struct rxlab_fifo *fifo);
int rxlab_fifo_resize(struct rxlab_fifo *fifo, u32 capacity);

bool rxlab_fifo_empty(struct rxlab_fifo *fifo);
bool rxlab_fifo_full(struct rxlab_fifo *fifo);
void rxlab_fifo_count_opener(struct rxlab_fifo *fifo, int change);
void rxlab_fifo_count_read(struct rxlab_fifo *fifo, u32 bytes, bool whole_record);
void rxlab_fifo_count_dropped(struct rxlab_fifo *fifo);
void rxlab_fifo_statistics(struct rxlab_fifo *fifo, struct rxlab_statistics *statistics);

#endif /* _RXLAB_FIFO_H */
