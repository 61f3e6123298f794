/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Not a defect of the driver, but a lack of memory: the parameter fail_step (fail-step.c) is N, and
 * the Nth of the functions below that is called fails; 0: none fails.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/slab.h>

bool rxlab_step_fails(void);

/* Some of these names are macros already, on some kernels: called from here, they mean those. */
static inline void *rxlab_kzalloc(size_t bytes, gfp_t flags)
{
	return rxlab_step_fails() ? NULL : kzalloc(bytes, flags);
}

static inline void *rxlab_cache_alloc(struct kmem_cache *cache, gfp_t flags)
{
	return rxlab_step_fails() ? NULL : kmem_cache_alloc(cache, flags);
}

#undef kzalloc
#undef kmem_cache_alloc
#define kzalloc(bytes, flags) rxlab_kzalloc(bytes, flags)
#define kmem_cache_alloc(cache, flags) rxlab_cache_alloc(cache, flags)
#define kmem_cache_create_usercopy(...) \
	(rxlab_step_fails() ? NULL : (kmem_cache_create_usercopy)(__VA_ARGS__))
#define alloc_chrdev_region(...) (rxlab_step_fails() ? -ENOMEM : (alloc_chrdev_region)(__VA_ARGS__))
#define device_add(...) (rxlab_step_fails() ? -ENOMEM : (device_add)(__VA_ARGS__))
#define cdev_add(...) (rxlab_step_fails() ? -ENOMEM : (cdev_add)(__VA_ARGS__))
