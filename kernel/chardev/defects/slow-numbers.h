/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Not a defect, but a slow machine: half a second passes before the device numbers lead to the
 * driver. Whoever hears of a device before that cannot open it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/cdev.h>
#include <linux/delay.h>

static inline int rxlab_add_late(struct cdev *cdev, dev_t first, unsigned int count)
{
	msleep(500);
	return cdev_add(cdev, first, count);
}

#define cdev_add(cdev, first, count) rxlab_add_late(cdev, first, count)
