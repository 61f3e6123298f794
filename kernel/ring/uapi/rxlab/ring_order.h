/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The four ways in which user space touches a word that it shares with the driver. The kernel has
 * the same under other names: READ_ONCE(), smp_load_acquire(), smp_store_release(), smp_mb().
 *
 * Compilers and processors reorder reads and writes where one thread cannot notice. Another thread
 * can. The names say what stays in its place:
 *
 *   load_acquire    what comes behind it stays behind it
 *   store_release   what comes before it stays before it
 *   full_barrier    both; it is the only one that keeps a store before a later load
 */
#ifndef _UAPI_RXLAB_RING_ORDER_H
#define _UAPI_RXLAB_RING_ORDER_H

#ifndef rxlab_load
#define rxlab_load(word) __atomic_load_n(word, __ATOMIC_RELAXED)
#define rxlab_load_acquire(word) __atomic_load_n(word, __ATOMIC_ACQUIRE)
#define rxlab_store_release(word, value) __atomic_store_n(word, value, __ATOMIC_RELEASE)
#define rxlab_full_barrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

#endif /* _UAPI_RXLAB_RING_ORDER_H */
