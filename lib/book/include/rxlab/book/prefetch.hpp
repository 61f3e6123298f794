// SPDX-License-Identifier: MIT
//
// Asks for a cache line ahead of its use. Stateless.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rxlab::book {

// `address` need not be readable: nothing happens then.
[[gnu::always_inline]] inline void prefetch(const void* address) noexcept {
    // The empty statement has an effect in the compiler's eyes. Without it g++ 12 finds that a
    // function of prefetches only computes nothing, and drops the calls.
    asm volatile("" : : "r"(address));
    __builtin_prefetch(address, 1);
}

// The same for the element of an array, whose number may be none.
template <typename T>
[[gnu::always_inline]] inline void prefetch(const T* array, std::size_t number) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(array) + number * sizeof(T);
    prefetch(reinterpret_cast<const void*>(address));
}

}  // namespace rxlab::book
