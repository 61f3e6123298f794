// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctl(2): operations that are neither reading nor writing. The numbers are in
 * uapi/rxlab/chardev.h.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "chardev.h"

/* User space was compiled with this structure, so its size must not change. */
static_assert(sizeof(struct rxlab_statistics) == 56);
static_assert(sizeof(struct rxlab_statistics) % sizeof(__u64) == 0);

/*
 * Also called by sysfs, so that both ways follow one rule. It wakes all writers, because the new
 * room may be enough for many of them.
 */
int rxlab_device_resize(struct rxlab_device *device, u32 capacity)
{
	int error;

	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	error = rxlab_fifo_resize(&device->fifo, capacity);
	if (!error)
		wake_up_interruptible_all(&device->writers);
	return error;
}

static long rxlab_ioctl_statistics(struct rxlab_device *device, void __user *user)
{
	struct rxlab_statistics statistics;

	rxlab_fifo_statistics(&device->fifo, &statistics);
	return copy_to_user(user, &statistics, sizeof(statistics)) ? -EFAULT : 0;
}

static long rxlab_ioctl_clear(struct rxlab_device *device)
{
	rxlab_fifo_clear(&device->fifo);
	wake_up_interruptible_all(&device->writers);
	return 0;
}

static long rxlab_ioctl_resize(struct rxlab_device *device, __u32 __user *user)
{
	u32 capacity;

	if (get_user(capacity, user))
		return -EFAULT;
	return rxlab_device_resize(device, capacity);
}

/* [snippet: ioctl] */
long rxlab_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct rxlab_opener *opener = file->private_data;
	struct rxlab_device *device = opener->device;
	void __user *user = (void __user *)argument;

	switch (command) {
	case RXLAB_IOC_STATISTICS:
		return rxlab_ioctl_statistics(device, user);
	case RXLAB_IOC_CLEAR:
		return file->f_mode & FMODE_WRITE ? rxlab_ioctl_clear(device) : -EBADF;
	case RXLAB_IOC_RESIZE:
		return file->f_mode & FMODE_WRITE ? rxlab_ioctl_resize(device, user) : -EBADF;
	default:
		return -ENOTTY;
	}
}

/* [end: ioctl] */
