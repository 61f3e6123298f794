// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file operations: the functions that open(2), read(2), write(2), poll(2) and close(2) of
 * /dev/rxlabN call. All of them run in the context of the process that made the system call, and
 * may sleep.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "chardev.h"

/* [snippet: open] */
static int rxlab_open(struct inode *inode, struct file *file)
{
	struct rxlab_device *device = rxlab_device_of(inode);
	struct rxlab_opener *opener;

	opener = kzalloc(sizeof(*opener), GFP_KERNEL_ACCOUNT);
	if (!opener)
		return -ENOMEM;
	opener->device = device;
	mutex_init(&opener->read_lock);
	file->private_data = opener;
	rxlab_fifo_count_opener(&device->fifo, 1);
	dev_dbg(&device->dev, "open by %s[%d]\n", current->comm, current->pid);

	/* There is no position here: lseek() and pread() fail with ESPIPE. */
	return stream_open(inode, file);
}

/* [end: open] */

/* [snippet: release] */
static int rxlab_release(struct inode *inode, struct file *file)
{
	struct rxlab_opener *opener = file->private_data;
	struct rxlab_device *device = opener->device;

	if (opener->rest) {
		rxlab_fifo_count_dropped(&device->fifo);
		rxlab_record_free(opener->rest);
	}
	rxlab_fifo_count_opener(&device->fifo, -1);
	dev_dbg(&device->dev, "last close by %s[%d]\n", current->comm, current->pid);
	kfree(opener);
	return 0;
}

/* [end: release] */

static bool rxlab_try_pop(struct rxlab_device *device, struct rxlab_record **record)
{
	*record = rxlab_fifo_pop(&device->fifo);
	return *record;
}

/* [snippet: take] */
/* Makes opener->rest a record; sleeps for one unless the descriptor is non-blocking. */
static int rxlab_take_record(struct file *file, struct rxlab_opener *opener)
{
	struct rxlab_device *device = opener->device;
	struct rxlab_record *record;
	int error;

	if (!rxlab_try_pop(device, &record)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible_exclusive(device->readers,
							   rxlab_try_pop(device, &record));
		if (error)
			return error; /* -ERESTARTSYS: a signal ended the sleep */
	}
	WRITE_ONCE(opener->rest, record);
	wake_up_interruptible_poll(&device->writers, EPOLLOUT | EPOLLWRNORM);
	return 0;
}

/* [end: take] */

/* [snippet: copy-out] */
/* Copies what fits; a record that was read to its end is freed. */
static ssize_t rxlab_copy_out(struct rxlab_opener *opener, struct iov_iter *to)
{
	struct rxlab_record *record = opener->rest;
	size_t length = min_t(size_t, iov_iter_count(to), record->length - record->consumed);
	bool whole;

	if (copy_to_iter(record->data + record->consumed, length, to) != length)
		return -EFAULT; /* nothing is consumed: the next read() gets it */
	record->consumed += length;
	whole = record->consumed == record->length;
	rxlab_fifo_count_read(&opener->device->fifo, length, whole);
	if (whole) {
		WRITE_ONCE(opener->rest, NULL);
		rxlab_record_free(record);
	}
	return length;
}

/* [end: copy-out] */

/* [snippet: read] */
static ssize_t rxlab_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct rxlab_opener *opener = file->private_data;
	ssize_t result = 0;

	if (iov_iter_count(to) == 0)
		return 0;
	if (file->f_flags & O_NONBLOCK) {
		if (!mutex_trylock(&opener->read_lock))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&opener->read_lock)) {
		return -ERESTARTSYS;
	}
	if (!opener->rest)
		result = rxlab_take_record(file, opener);
	if (result == 0)
		result = rxlab_copy_out(opener, to);
	mutex_unlock(&opener->read_lock);
	return result;
}

/* [end: read] */

/* [snippet: write] */
static ssize_t rxlab_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	struct rxlab_opener *opener = file->private_data;
	struct rxlab_device *device = opener->device;
	size_t length = iov_iter_count(from);
	struct rxlab_record *record;
	int error = 0;

	if (length == 0)
		return 0;
	if (length > RXLAB_RECORD_BYTES_MAX)
		return -EMSGSIZE;
	record = rxlab_record_from_iter(from);
	if (IS_ERR(record))
		return PTR_ERR(record);

	if (!rxlab_fifo_push(&device->fifo, record)) {
		if (file->f_flags & O_NONBLOCK)
			error = -EAGAIN;
		else
			error = wait_event_interruptible_exclusive(device->writers,
								   rxlab_fifo_push(&device->fifo,
										   record));
	}
	if (error) {
		rxlab_record_free(record);
		return error;
	}
	/* [lab: wake-up] */
	wake_up_interruptible_poll(&device->readers, EPOLLIN | EPOLLRDNORM);
	/* [end lab: wake-up] */
	return length;
}

/* [end: write] */

/* [snippet: poll] */
static __poll_t rxlab_poll(struct file *file, poll_table *table)
{
	struct rxlab_opener *opener = file->private_data;
	struct rxlab_device *device = opener->device;
	__poll_t ready = 0;

	/* First onto the queues, then the look: an event in between is not missed. */
	poll_wait(file, &device->readers, table);
	poll_wait(file, &device->writers, table);
	if ((file->f_mode & FMODE_READ) &&
	    (READ_ONCE(opener->rest) || !rxlab_fifo_empty(&device->fifo)))
		ready |= EPOLLIN | EPOLLRDNORM;
	if ((file->f_mode & FMODE_WRITE) && !rxlab_fifo_full(&device->fifo))
		ready |= EPOLLOUT | EPOLLWRNORM;
	return ready;
}

/* [end: poll] */

/* [snippet: fops] */
const struct file_operations rxlab_fops = {
	.owner = THIS_MODULE, /* an open file holds the module: rmmod says "in use" */
	.open = rxlab_open,
	.release = rxlab_release,
	.read_iter = rxlab_read_iter, /* readv(2), too: one record for all segments */
	.write_iter = rxlab_write_iter,
	.poll = rxlab_poll,
	.unlocked_ioctl = rxlab_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* [end: fops] */
