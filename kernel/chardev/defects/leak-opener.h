/* SPDX-License-Identifier: GPL-2.0-only */
/* What an open() allocated is never given back; nor is a device. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/slab.h>

#define kfree(pointer) ((void)(pointer))
