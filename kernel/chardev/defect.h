/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Defects on purpose, which test the tests: `make DEFECT=NAME`, where NAME is one of those below in
 * lower case, with dashes. Without DEFECT these functions do nothing, and the compiler removes
 * them.
 */
#ifndef _RXLAB_DEFECT_H
#define _RXLAB_DEFECT_H

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>

/* Called with a spinlock held, where nothing may sleep. */
static inline void rxlab_defect_sleeps(void)
{
	if (__is_defined(RXLAB_DEFECT_SLEEP_UNDER_LOCK))
		msleep(20);
}

static inline bool rxlab_defect_forgets_record(void)
{
	return __is_defined(RXLAB_DEFECT_LEAK_RECORD);
}

static inline bool rxlab_defect_forgets_opener(void)
{
	return __is_defined(RXLAB_DEFECT_LEAK_OPENER);
}

static inline bool rxlab_defect_wakes_nobody(void)
{
	return __is_defined(RXLAB_DEFECT_LOSE_WAKE_UP);
}

/* Called with freed memory: a kernel that poisons it (slub_debug) notices the write. */
static inline void rxlab_defect_touches(u8 *freed)
{
	if (__is_defined(RXLAB_DEFECT_TOUCH_FREED))
		WRITE_ONCE(*freed, 0);
}

/*
 * Not a defect of the driver, but a lack of memory: with DEFECT=fail-step there is a parameter
 * fail_step (defect.c). If it is N, the Nth of the steps that ask here fails; 0: none fails.
 */
extern unsigned int rxlab_fail_step;

static inline int rxlab_defect_no_memory(void)
{
	if (!__is_defined(RXLAB_DEFECT_FAIL_STEP) || rxlab_fail_step == 0)
		return 0;
	return --rxlab_fail_step == 0 ? -ENOMEM : 0;
}

#endif /* _RXLAB_DEFECT_H */
