// SPDX-License-Identifier: MIT
//
// The change feed: what a book tells its user when the top of a symbol's book has changed. It is a
// type parameter, so a book without one contains no trace of it: no branch, no byte.
#pragma once

#include <rxlab/book/types.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace rxlab::book {

// Called after a message that changed the best bid or ask of a symbol (price, shares or orders),
// once, with the new top. Runs in the packet path: it must not throw or wait.
template <typename F>
concept TopFeed = std::is_nothrow_invocable_v<F&, std::uint16_t, const TopOfBook&>;

struct NoTopFeed {
    void operator()(std::uint16_t, const TopOfBook&) const noexcept {}
};

}  // namespace rxlab::book
