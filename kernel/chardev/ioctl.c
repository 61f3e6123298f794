// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctl(2): what is neither reading nor writing. The numbers are in uapi/rxlab/chardev.h.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "chardev.h"

/* What user space was compiled against must not change its size. */
static_assert(sizeof(struct rxlab_statistics) == 56);
static_assert(sizeof(struct rxlab_statistics) % sizeof(__u64) == 0);

/*
 * Also called by sysfs: one rule for both doors. More room may be what many writers sleep for: all
 * of them look.
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
