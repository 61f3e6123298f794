// SPDX-License-Identifier: GPL-2.0-only
/* Compiles if class.devnode takes a pointer to a constant device. */
#include <linux/device.h>

void probe(struct class *class, char *(*devnode)(const struct device *dev, umode_t *mode));

void probe(struct class *class, char *(*devnode)(const struct device *dev, umode_t *mode))
{
	class->devnode = devnode;
}
