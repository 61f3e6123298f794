/* SPDX-License-Identifier: MIT */
#pragma once
#include <linux/compiler.h>

/* Counted, for those who want to know. */
extern unsigned int rxlab_acquired;

#define smp_load_acquire(word) \
	(__atomic_add_fetch(&rxlab_acquired, 1, __ATOMIC_RELAXED), __atomic_load_n(word, __ATOMIC_ACQUIRE))
#define smp_store_release(word, value) __atomic_store_n(word, value, __ATOMIC_RELEASE)
