// SPDX-License-Identifier: GPL-2.0-only
/*
 * rxlab_chardev: message FIFOs behind character devices. This file loads the module (device
 * numbers, the class, the devices) and unloads it in reverse order.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "chardev.h"
#include "differences.h"

#define RXLAB_DEVICES_MAX 16

static unsigned int devices = 2;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "Number of devices, 1 to 16 (default 2)");

static unsigned int capacity = 64;
module_param(capacity, uint, 0444);
MODULE_PARM_DESC(capacity, "Records that each device holds at first, 1 to 1024 (default 64)");

static dev_t rxlab_first_number;
static struct cdev rxlab_cdev; /* leads from a minor number to rxlab_fops */
static struct class *rxlab_class;
static struct rxlab_device *rxlab_devices[RXLAB_DEVICES_MAX];

/* [snippet: devnode] */
/* The mode of /dev/rxlabN: for root and its group; udev may change group and mode. */
static char *rxlab_devnode(RXLAB_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return NULL; /* the name stays */
}

/* [end: devnode] */

/* Called with the last reference to the device. */
static void rxlab_device_free(struct device *dev)
{
	kfree(container_of(dev, struct rxlab_device, dev));
}

/* [snippet: device-new] */
/* A device that nobody sees yet; NULL: no memory. */
static struct rxlab_device *rxlab_device_new(unsigned int index)
{
	struct rxlab_device *device;

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return NULL;
	rxlab_fifo_init(&device->fifo, capacity);
	init_waitqueue_head(&device->readers);
	init_waitqueue_head(&device->writers);

	device_initialize(&device->dev); /* from here on put_device() frees it */
	device->dev.class = rxlab_class;
	device->dev.devt = rxlab_first_number + index;
	device->dev.groups = rxlab_groups;
	device->dev.release = rxlab_device_free;
	if (dev_set_name(&device->dev, "rxlab%u", index)) {
		put_device(&device->dev);
		return NULL;
	}
	return device;
}

/* [end: device-new] */

/*
 * Adds the devices to sysfs and /dev, and tells nobody yet. Opening one fails with ENXIO until the
 * numbers lead to rxlab_fops.
 */
static int rxlab_devices_add(void)
{
	unsigned int index;
	int error;

	for (index = 0; index < devices; index++) {
		rxlab_devices[index] = rxlab_device_new(index);
		if (!rxlab_devices[index])
			return -ENOMEM;
		dev_set_uevent_suppress(&rxlab_devices[index]->dev, true);
		error = device_add(&rxlab_devices[index]->dev);
		if (error) {
			put_device(&rxlab_devices[index]->dev);
			rxlab_devices[index] = NULL;
			return error;
		}
	}
	return 0;
}

/* Now they can be opened: udev, and whoever else listens, hears of them. */
static void rxlab_devices_announce(void)
{
	unsigned int index;

	for (index = 0; index < devices; index++) {
		dev_set_uevent_suppress(&rxlab_devices[index]->dev, false);
		kobject_uevent(&rxlab_devices[index]->dev.kobj, KOBJ_ADD);
	}
}

/* Removes the devices that were added; if loading failed, these may not be all. */
static void rxlab_devices_remove(void)
{
	unsigned int index;

	for (index = 0; index < devices && rxlab_devices[index]; index++) {
		struct rxlab_device *device = rxlab_devices[index];

		device_del(&device->dev);
		rxlab_fifo_clear(&device->fifo);
		put_device(&device->dev);
	}
}

/* The device of a file that is being opened: its minor number is one of ours. */
struct rxlab_device *rxlab_device_of(struct inode *inode)
{
	return rxlab_devices[iminor(inode) - MINOR(rxlab_first_number)];
}

static int rxlab_check_parameters(void)
{
	if (devices < 1 || devices > RXLAB_DEVICES_MAX) {
		pr_err("devices=%u: must be 1 to %u\n", devices, RXLAB_DEVICES_MAX);
		return -EINVAL;
	}
	if (capacity < 1 || capacity > RXLAB_CAPACITY_MAX) {
		pr_err("capacity=%u: must be 1 to %u\n", capacity, RXLAB_CAPACITY_MAX);
		return -EINVAL;
	}
	return 0;
}

/* [snippet: init] */
static int __init rxlab_init(void)
{
	int error;

	error = rxlab_check_parameters();
	if (error)
		return error;
	error = rxlab_records_init();
	if (error)
		return error;
	error = alloc_chrdev_region(&rxlab_first_number, 0, devices, "rxlab");
	if (error)
		goto err_records;
	rxlab_class = rxlab_class_create("rxlab");
	if (IS_ERR(rxlab_class)) {
		error = PTR_ERR(rxlab_class);
		goto err_region;
	}
	rxlab_class->devnode = rxlab_devnode;
	error = rxlab_devices_add();
	if (error)
		goto err_devices;

	/* For all devices at once, and nothing after it can fail: somebody may have one open. */
	cdev_init(&rxlab_cdev, &rxlab_fops);
	rxlab_cdev.owner = THIS_MODULE;
	error = cdev_add(&rxlab_cdev, rxlab_first_number, devices);
	if (error)
		goto err_devices;
	rxlab_devices_announce();
	pr_info("%u devices, major %u, %u records each\n", devices, MAJOR(rxlab_first_number),
		capacity);
	return 0;

err_devices:
	rxlab_devices_remove();
	class_destroy(rxlab_class);
err_region:
	unregister_chrdev_region(rxlab_first_number, devices);
err_records:
	rxlab_records_exit();
	return error;
}

/* [end: init] */

/* [snippet: exit] */
/* Only called when no file is open: each holds a reference to the module. */
static void __exit rxlab_exit(void)
{
	/* [lab: exit] */
	cdev_del(&rxlab_cdev);
	rxlab_devices_remove();
	class_destroy(rxlab_class);
	unregister_chrdev_region(rxlab_first_number, devices);
	rxlab_records_exit();
	/* [end lab: exit] */
	pr_info("unloaded\n");
}

/* [end: exit] */

module_init(rxlab_init);
module_exit(rxlab_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The rxlab authors");
MODULE_DESCRIPTION("Message FIFOs behind character devices, to learn from");
MODULE_VERSION("0.1.0");
