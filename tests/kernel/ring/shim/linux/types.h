/* SPDX-License-Identifier: MIT */
/* The kernel's names for types, so that kernel/ring/ring.c compiles for user space. */
#pragma once
#include_next <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u32 u32;
