// SPDX-License-Identifier: MIT
//
// A choice that is not a branch. Stateless.
#pragma once

#include <cstdint>

namespace rxlab::book {

// `yes` or `no`, by arithmetic: of `condition ? yes : no` g++ often makes a jump, and a jump that
// cannot be guessed costs as much as a dozen cached loads.
template <typename T>
[[nodiscard, gnu::always_inline]] inline T* pick(bool condition, T* yes, T* no) noexcept {
    std::uintptr_t mask = std::uintptr_t{0} - static_cast<std::uintptr_t>(condition);
    // The empty statement might change the mask, for all that the compiler knows: otherwise g++ 12
    // sees through the arithmetic here and there, and makes the jump after all.
    asm("" : "+r"(mask));
    const auto y = reinterpret_cast<std::uintptr_t>(yes);
    const auto n = reinterpret_cast<std::uintptr_t>(no);
    return reinterpret_cast<T*>(n ^ ((y ^ n) & mask));
}

}  // namespace rxlab::book
