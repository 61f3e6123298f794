// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only with make DEFECT=…: the parameter that selects the step that fails.
 */
#include <linux/module.h>

#include "defect.h"

unsigned int rxlab_fail_step;
#ifdef RXLAB_DEFECT_FAIL_STEP
module_param_named(fail_step, rxlab_fail_step, uint, 0644);
#endif
