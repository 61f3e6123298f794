/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Defects on purpose, for the tests of the tests: `make DEFECT=sleep-under-lock`, `leak-record` or
 * `leak-opener`. Without DEFECT these functions are empty, and the compiler removes them.
 */
#ifndef _RXLAB_DEFECT_H
#define _RXLAB_DEFECT_H

#include <linux/delay.h>
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

#endif /* _RXLAB_DEFECT_H */
