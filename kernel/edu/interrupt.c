// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: from the device's register to the process that sleeps for one.
 */
#include "device.h"

/* [snippet: handler] */
/*
 * Runs with interrupts off, whatever the processor was doing, so it does little: it asks the device
 * why, acknowledges that, and wakes those who wait for it.
 */
irqreturn_t edu_interrupt(int vector, void *data)
{
	struct edu_device *edu = data;
	u32 causes = edu_get(edu, EDU_CAUSES);

	/*
	 * None: the interrupt is of another device on the same wire, or a message whose causes the
	 * run before this one found already. All bits: nothing answers; the device was pulled.
	 */
	if (causes == 0 || causes == ~0U)
		return IRQ_NONE;
	edu_set(edu, EDU_ACKNOWLEDGE, causes);

	spin_lock(&edu->causes_lock);
	edu->causes |= causes;
	edu->interrupts++;
	spin_unlock(&edu->causes_lock);
	wake_up_all(&edu->interrupt);
	return IRQ_HANDLED;
}

/* [end: handler] */

/* From now on every call fails with this error; those who sleep wake up to it. */
void edu_fail(struct edu_device *edu, int error)
{
	WRITE_ONCE(edu->error, error);
	wake_up_all(&edu->interrupt);
}

/* [snippet: take] */
/* Whether all these causes were seen; they are forgotten then, so that they count once. */
bool edu_take_causes(struct edu_device *edu, u32 causes)
{
	bool seen;

	spin_lock_irq(&edu->causes_lock);
	seen = (edu->causes & causes) == causes;
	if (seen)
		edu->causes &= ~causes;
	spin_unlock_irq(&edu->causes_lock);
	return seen;
}

/* [end: take] */
