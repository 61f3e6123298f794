// SPDX-License-Identifier: GPL-2.0-only
/* Compiles if flags of a mapping are changed through functions, because they need a lock. */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE);
}
