// SPDX-License-Identifier: GPL-2.0-only
/*
 * The system calls on /dev/rxlab_eduN. A descriptor may outlive its device.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"

static_assert(sizeof(struct rxlab_edu_info) == 48, "the layout is part of the interface");

/* misc_register() and misc_deregister() wait for us, so the device is bound. */
static int edu_open(struct inode *inode, struct file *file)
{
	struct edu_device *edu = container_of(file->private_data, struct edu_device, misc);
	struct edu_opener *opener = kzalloc(sizeof(*opener), GFP_KERNEL_ACCOUNT);

	if (!opener)
		return -ENOMEM;
	kref_get(&edu->references);
	opener->edu = edu;
	file->private_data = opener;
	return 0;
}

static int edu_release(struct inode *inode, struct file *file)
{
	struct edu_opener *opener = file->private_data;

	edu_put(opener->edu);
	kfree(opener);
	return 0;
}

/* [snippet: begin] */
/* One call at a time uses the device, and none after the driver was taken away from it. */
static int edu_begin(struct edu_device *edu)
{
	int error = mutex_lock_interruptible(&edu->lock);

	if (error)
		return error;
	error = READ_ONCE(edu->error);
	if (error)
		mutex_unlock(&edu->lock);
	return error;
}

static void edu_end(struct edu_device *edu)
{
	mutex_unlock(&edu->lock);
}

/* [end: begin] */

/* How much of a call is within the buffer. */
static size_t edu_clamp(size_t length, loff_t position)
{
	if (position < 0 || position >= RXLAB_EDU_BUFFER_BYTES)
		return 0;
	return min_t(size_t, length, RXLAB_EDU_BUFFER_BYTES - position);
}

static ssize_t edu_read(struct file *file, char __user *to, size_t length, loff_t *position)
{
	struct edu_opener *opener = file->private_data;
	struct edu_device *edu = opener->edu;
	ssize_t result;

	length = edu_clamp(length, *position);
	if (length == 0)
		return 0; /* the end of the buffer */
	result = edu_begin(edu);
	if (result)
		return result;
	result = edu_read_buffer(edu, to, length, *position, READ_ONCE(opener->coherent));
	edu_end(edu);
	if (result > 0)
		*position += result;
	return result;
}

static ssize_t edu_write(struct file *file, const char __user *from, size_t length,
			 loff_t *position)
{
	struct edu_opener *opener = file->private_data;
	struct edu_device *edu = opener->edu;
	ssize_t result;

	if (length == 0)
		return 0;
	length = edu_clamp(length, *position);
	if (length == 0)
		return -ENOSPC;
	result = edu_begin(edu);
	if (result)
		return result;
	result = edu_write_buffer(edu, from, length, *position, READ_ONCE(opener->coherent));
	edu_end(edu);
	if (result > 0)
		*position += result;
	return result;
}

static loff_t edu_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, RXLAB_EDU_BUFFER_BYTES);
}

static int edu_copy_info(struct edu_device *edu, void __user *to)
{
	struct rxlab_edu_info info = {
		.identification = edu_get(edu, EDU_IDENTIFICATION),
		.msi = edu->pci->msi_enabled,
		.vector = edu->vector,
		.transfers = edu->transfers,
		.physical_address = edu->physical_address,
		.dma_address = edu->dma_address,
	};

	spin_lock_irq(&edu->causes_lock);
	info.interrupts = edu->interrupts;
	spin_unlock_irq(&edu->causes_lock);
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
}

/* Those that take a number; it may come back changed. */
static int edu_command(struct edu_opener *opener, unsigned int command, u32 *number)
{
	struct edu_device *edu = opener->edu;

	switch (command) {
	case RXLAB_EDU_IOC_INVERT:
		*number = edu_invert(edu, *number);
		return 0;
	case RXLAB_EDU_IOC_FACTORIAL:
		return edu_factorial(edu, number);
	case RXLAB_EDU_IOC_RAISE:
		return edu_raise(edu, *number);
	case RXLAB_EDU_IOC_COHERENT:
		if (*number > 1)
			return -EINVAL;
		WRITE_ONCE(opener->coherent, *number);
		return 0;
	default:
		return -ENOTTY;
	}
}

static long edu_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct edu_opener *opener = file->private_data;
	struct edu_device *edu = opener->edu;
	u32 __user *user = (u32 __user *)argument;
	u32 number;
	int error;

	if (_IOC_TYPE(command) != RXLAB_EDU_IOC_MAGIC)
		return -ENOTTY;
	if ((_IOC_DIR(command) & _IOC_WRITE) && get_user(number, user))
		return -EFAULT;
	error = edu_begin(edu);
	if (error)
		return error;
	if (command == RXLAB_EDU_IOC_INFO)
		error = edu_copy_info(edu, user);
	else
		error = edu_command(opener, command, &number);
	edu_end(edu);
	if (!error && command != RXLAB_EDU_IOC_INFO && (_IOC_DIR(command) & _IOC_READ))
		error = put_user(number, user);
	return error;
}

const struct file_operations edu_fops = {
	.owner = THIS_MODULE, /* an open file holds the module, but not the device */
	.open = edu_open,
	.release = edu_release,
	.read = edu_read,
	.write = edu_write,
	.llseek = edu_llseek,
	.unlocked_ioctl = edu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
