// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only with make DEFECT=fail-step: the parameter that selects the step that fails.
 */
#include <linux/module.h>

static unsigned int rxlab_fail_step;
module_param_named(fail_step, rxlab_fail_step, uint, 0644);

/* Called by what fail-step.h puts in the place of the kernel's functions. */
bool rxlab_step_fails(void)
{
	return rxlab_fail_step != 0 && --rxlab_fail_step == 0;
}
