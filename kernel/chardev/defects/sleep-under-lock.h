/* SPDX-License-Identifier: GPL-2.0-only */
/* Whoever holds a spinlock sleeps before giving it back. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/delay.h>
#include <linux/spinlock.h>

static inline void rxlab_sleep_and_unlock(spinlock_t *lock)
{
	msleep(20);
	spin_unlock(lock);
}

#define spin_unlock(lock) rxlab_sleep_and_unlock(lock)
