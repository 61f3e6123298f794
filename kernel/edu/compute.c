// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the device computes, and interrupts on request. Callers hold edu->lock.
 */
#include "device.h"

u32 edu_invert(struct edu_device *edu, u32 number)
{
	edu_set(edu, EDU_LIVENESS, number);
	return edu_get(edu, EDU_LIVENESS);
}

/* A cause may be left from a factorial that nobody waited for: the device has the last word. */
static bool edu_factorial_is_ready(struct edu_device *edu)
{
	return edu_take_causes(edu, EDU_CAUSE_FACTORIAL) &&
	       !(edu_get(edu, EDU_STATUS) & EDU_STATUS_COMPUTING);
}

static int edu_wait_for_factorial(struct edu_device *edu)
{
	int error = wait_event_interruptible(edu->interrupt, READ_ONCE(edu->error) ||
					     edu_factorial_is_ready(edu));

	return error ?: READ_ONCE(edu->error);
}

/* [snippet: factorial] */
/* A factorial takes as long as it takes: a signal ends the sleep, but not the computation. */
int edu_factorial(struct edu_device *edu, u32 *number)
{
	int error = 0;

	/* Somebody did not wait for the one before. The device ignores what comes meanwhile. */
	if (edu_get(edu, EDU_STATUS) & EDU_STATUS_COMPUTING)
		error = edu_wait_for_factorial(edu);
	if (error)
		return error;
	edu_take_causes(edu, EDU_CAUSE_FACTORIAL);
	edu_set(edu, EDU_FACTORIAL, *number);
	error = edu_wait_for_factorial(edu);
	if (error)
		return error;
	*number = edu_get(edu, EDU_FACTORIAL);
	return 0;
}

/* [end: factorial] */

int edu_raise(struct edu_device *edu, u32 causes)
{
	int error;

	if (causes == 0 || (causes & (EDU_CAUSE_FACTORIAL | EDU_CAUSE_DMA)))
		return -EINVAL; /* these would end the wait of somebody else */
	edu_take_causes(edu, causes); /* left from one that was interrupted */
	edu_set(edu, EDU_RAISE, causes);
	error = wait_event_interruptible(edu->interrupt, READ_ONCE(edu->error) ||
					 edu_take_causes(edu, causes));
	return error ?: READ_ONCE(edu->error);
}
