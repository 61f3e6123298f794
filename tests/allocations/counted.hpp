// SPDX-License-Identifier: MIT
//
// Counts the calling thread's allocations: a program that links counted.cpp has its own malloc and
// friends, which operator new ends in, too.
#pragma once

#include <cstdint>

namespace rxlab::test {

// False where a sanitizer's allocator stands in the way.
[[nodiscard]] bool allocations_are_counted() noexcept;
// malloc, calloc, realloc, aligned_alloc, memalign and posix_memalign, by this thread so far.
[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace rxlab::test
