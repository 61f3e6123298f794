// SPDX-License-Identifier: GPL-2.0-only
/* Compiles where class_create() takes the name alone. */
#include <linux/device.h>

struct class *probe(void);

struct class *probe(void)
{
	return class_create("probe");
}
