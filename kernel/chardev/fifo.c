// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records, and the FIFO that holds them: a memory cache of their own, a list, a spinlock.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "fifo.h"

static struct kmem_cache *rxlab_record_cache;

/*
 * Why a cache of their own? Copies to and from user space are allowed only for the part of an
 * object that is named here (hardened user copy), the memory is charged to the writer's control
 * group, and the kernel complains if the cache is destroyed while a record is still in use, so a
 * leak shows.
 */
int rxlab_records_init(void)
{
	rxlab_record_cache = kmem_cache_create_usercopy("rxlab_record", sizeof(struct rxlab_record),
							0, SLAB_ACCOUNT,
							offsetof(struct rxlab_record, data),
							sizeof_field(struct rxlab_record, data),
							NULL);
	return rxlab_record_cache ? 0 : -ENOMEM;
}

void rxlab_records_exit(void)
{
	kmem_cache_destroy(rxlab_record_cache);
}

/* @from must have 1 to RXLAB_RECORD_BYTES_MAX bytes. May sleep. Errors: -ENOMEM, -EFAULT. */
struct rxlab_record *rxlab_record_from_iter(struct iov_iter *from)
{
	size_t length = iov_iter_count(from);
	struct rxlab_record *record;

	record = kmem_cache_alloc(rxlab_record_cache, GFP_KERNEL);
	if (!record)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_iter_full(record->data, length, from)) {
		rxlab_record_free(record);
		return ERR_PTR(-EFAULT);
	}
	INIT_LIST_HEAD(&record->entry);
	record->length = length;
	record->consumed = 0;
	return record;
}

void rxlab_record_free(struct rxlab_record *record)
{
	kmem_cache_free(rxlab_record_cache, record);
}

void rxlab_fifo_init(struct rxlab_fifo *fifo, u32 capacity)
{
	spin_lock_init(&fifo->lock);
	INIT_LIST_HEAD(&fifo->records);
	fifo->counts.capacity = capacity;
}

/* [snippet: push-pop] */
/* On success the record belongs to the FIFO; false: the FIFO is full. */
bool rxlab_fifo_push(struct rxlab_fifo *fifo, struct rxlab_record *record)
{
	bool room;

	spin_lock(&fifo->lock);
	room = fifo->counts.queued < fifo->counts.capacity;
	if (room) {
		list_add_tail(&record->entry, &fifo->records);
		fifo->counts.queued++;
		fifo->counts.records_written++;
		fifo->counts.bytes_written += record->length;
	}
	spin_unlock(&fifo->lock);
	return room;
}

/* The record belongs to the caller; NULL: the FIFO is empty. */
struct rxlab_record *rxlab_fifo_pop(struct rxlab_fifo *fifo)
{
	struct rxlab_record *record;

	spin_lock(&fifo->lock);
	record = list_first_entry_or_null(&fifo->records, struct rxlab_record, entry);
	if (record) {
		list_del_init(&record->entry);
		fifo->counts.queued--;
	}
	spin_unlock(&fifo->lock);
	return record;
}

/* [end: push-pop] */

/* Takes the records off the list under the lock, and frees them without it. */
void rxlab_fifo_clear(struct rxlab_fifo *fifo)
{
	struct rxlab_record *record, *next;
	LIST_HEAD(dropped);

	spin_lock(&fifo->lock);
	list_splice_init(&fifo->records, &dropped);
	fifo->counts.records_dropped += fifo->counts.queued;
	fifo->counts.queued = 0;
	spin_unlock(&fifo->lock);

	list_for_each_entry_safe(record, next, &dropped, entry)
		rxlab_record_free(record);
}

/* Errors: -EINVAL out of range, -EBUSY more records are queued. */
int rxlab_fifo_resize(struct rxlab_fifo *fifo, u32 capacity)
{
	int error = 0;

	if (capacity < 1 || capacity > RXLAB_CAPACITY_MAX)
		return -EINVAL;
	spin_lock(&fifo->lock);
	if (fifo->counts.queued > capacity)
		error = -EBUSY;
	else
		fifo->counts.capacity = capacity;
	spin_unlock(&fifo->lock);
	return error;
}

bool rxlab_fifo_empty(struct rxlab_fifo *fifo)
{
	bool empty;

	spin_lock(&fifo->lock);
	empty = fifo->counts.queued == 0;
	spin_unlock(&fifo->lock);
	return empty;
}

bool rxlab_fifo_full(struct rxlab_fifo *fifo)
{
	bool full;

	spin_lock(&fifo->lock);
	full = fifo->counts.queued >= fifo->counts.capacity;
	spin_unlock(&fifo->lock);
	return full;
}

void rxlab_fifo_count_opener(struct rxlab_fifo *fifo, int change)
{
	spin_lock(&fifo->lock);
	fifo->counts.openers += change;
	spin_unlock(&fifo->lock);
}

void rxlab_fifo_count_read(struct rxlab_fifo *fifo, u32 bytes, bool whole_record)
{
	spin_lock(&fifo->lock);
	fifo->counts.bytes_read += bytes;
	if (whole_record)
		fifo->counts.records_read++;
	spin_unlock(&fifo->lock);
}

void rxlab_fifo_count_dropped(struct rxlab_fifo *fifo)
{
	spin_lock(&fifo->lock);
	fifo->counts.records_dropped++;
	spin_unlock(&fifo->lock);
}

/* Reads all counters under the lock, so that they are of one moment. */
void rxlab_fifo_statistics(struct rxlab_fifo *fifo, struct rxlab_statistics *statistics)
{
	spin_lock(&fifo->lock);
	*statistics = fifo->counts;
	spin_unlock(&fifo->lock);
}
