/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the driver share: the device, and an open descriptor of it.
 */
#ifndef _RXLAB_DRIVER_H
#define _RXLAB_DRIVER_H

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "fifo.h"

/* [snippet: device] */
/**
 * struct rxlab_device - one device, /dev/rxlabN
 * @dev: its place in the device model (sysfs, /dev); its last reference frees the structure
 * @fifo: the records that wait to be read
 * @readers: those who sleep until there is a record
 * @writers: those who sleep until there is room
 */
struct rxlab_device {
	struct device dev;
	struct rxlab_fifo fifo;
	wait_queue_head_t readers;
	wait_queue_head_t writers;
};

/**
 * struct rxlab_opener - what one open() owns until its last close()
 * @device: the device that was opened
 * @read_lock: threads that share the descriptor read one after the other
 * @rest: the record that was begun with a buffer too small for it; NULL mostly
 */
struct rxlab_opener {
	struct rxlab_device *device;
	struct mutex read_lock; /* held while rest changes, and while a reader sleeps */
	struct rxlab_record *rest;
};

/* [end: device] */

extern const struct file_operations rxlab_fops;
extern const struct attribute_group *rxlab_groups[];

struct rxlab_device *rxlab_device_of(struct inode *inode);
long rxlab_ioctl(struct file *file, unsigned int command, unsigned long argument);
int rxlab_device_resize(struct rxlab_device *device, u32 capacity);

#endif /* _RXLAB_DRIVER_H */
