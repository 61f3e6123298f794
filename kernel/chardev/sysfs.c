// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/rxlab/rxlabN/: one value per file. Root can write `capacity`, with CAP_SYS_RESOURCE as
 * through the ioctl; everybody can read the files under statistics/.
 */
#include <linux/sysfs.h>

#include "chardev.h"

static struct rxlab_device *rxlab_from_dev(struct device *dev)
{
	return container_of(dev, struct rxlab_device, dev);
}

/* [snippet: sysfs] */
static ssize_t capacity_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct rxlab_statistics now;

	rxlab_fifo_statistics(&rxlab_from_dev(dev)->fifo, &now);
	return sysfs_emit(buf, "%u\n", now.capacity);
}

static ssize_t capacity_store(struct device *dev, struct device_attribute *attr, const char *buf,
			      size_t count)
{
	u32 capacity;
	int error;

	error = kstrtou32(buf, 0, &capacity);
	if (!error)
		error = rxlab_device_resize(rxlab_from_dev(dev), capacity);
	return error ? error : count;
}
static DEVICE_ATTR_RW(capacity);

/* [end: sysfs] */

#define RXLAB_SHOW(name)									\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf)	\
{												\
	struct rxlab_statistics now;								\
												\
	rxlab_fifo_statistics(&rxlab_from_dev(dev)->fifo, &now);				\
	return sysfs_emit(buf, "%llu\n", (unsigned long long)now.name);				\
}

RXLAB_SHOW(records_written)
static DEVICE_ATTR_RO(records_written);
RXLAB_SHOW(records_read)
static DEVICE_ATTR_RO(records_read);
RXLAB_SHOW(records_dropped)
static DEVICE_ATTR_RO(records_dropped);
RXLAB_SHOW(bytes_written)
static DEVICE_ATTR_RO(bytes_written);
RXLAB_SHOW(bytes_read)
static DEVICE_ATTR_RO(bytes_read);
RXLAB_SHOW(queued)
static DEVICE_ATTR_RO(queued);
RXLAB_SHOW(openers)
static DEVICE_ATTR_RO(openers);

static struct attribute *rxlab_attributes[] = {
	&dev_attr_capacity.attr,
	NULL,
};

static struct attribute *rxlab_statistics_attributes[] = {
	&dev_attr_records_written.attr,
	&dev_attr_records_read.attr,
	&dev_attr_records_dropped.attr,
	&dev_attr_bytes_written.attr,
	&dev_attr_bytes_read.attr,
	&dev_attr_queued.attr,
	&dev_attr_openers.attr,
	NULL,
};

static const struct attribute_group rxlab_group = {
	.attrs = rxlab_attributes,
};

static const struct attribute_group rxlab_statistics_group = {
	.name = "statistics",
	.attrs = rxlab_statistics_attributes,
};

const struct attribute_group *rxlab_groups[] = {
	&rxlab_group,
	&rxlab_statistics_group,
	NULL,
};
