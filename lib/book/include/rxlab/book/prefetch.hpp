// SPDX-License-Identifier: MIT
//
// Asks for a cache line ahead of its use. Stateless.
#pragma once

namespace rxlab::book {

// `address` need not be readable: nothing happens then.
[[gnu::always_inline]] inline void prefetch(const void* address) noexcept {
    // The empty statement has an effect in the compiler's eyes. Without it g++ 12 finds that a
    // function of prefetches only computes nothing, and drops the calls.
    asm volatile("" : : "r"(address));
    __builtin_prefetch(address, 1);
}

}  // namespace rxlab::book
