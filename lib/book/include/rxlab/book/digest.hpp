// SPDX-License-Identifier: MIT
//
// A 64-bit digest of a book's state, by which two receivers of one feed compare their books: all
// live orders and all levels. That is a set, so the digest is the wrapping sum of one hash per
// element: it depends neither on the order of arrival nor on how a book lays out its memory. Not in
// it: in which order a FIFO book's queues stand, and what came and went. An empty book's digest is
// 0. Not cryptographic. Stateless functions.
#pragma once

#include <rxlab/book/types.hpp>

#include <cstdint>
#include <span>

namespace rxlab::book {

namespace detail {

// The finaliser of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", OOPSLA 2014, variant 13 of Stafford's): each bit of the input moves each bit of the
// output with a probability close to one half.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) noexcept {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
    value = (value ^ value >> 27) * 0x94d049bb133111ebU;
    return value ^ value >> 31;
}

// Adds one field to a hash; not symmetric, so that swapped fields differ.
[[nodiscard]] constexpr std::uint64_t chain(std::uint64_t hash, std::uint64_t field) noexcept {
    return mix(hash + 0x9e3779b97f4a7c15U + mix(field ^ 0xd1b54a32d192ed03U));
}

inline constexpr std::uint64_t kOrderSeed = 1;
inline constexpr std::uint64_t kLevelSeed = 2;
inline constexpr std::uint64_t kFeedsSeed = 3;

}  // namespace detail

// The share of one live order.
[[nodiscard]] constexpr std::uint64_t order_digest(std::uint64_t reference, std::uint16_t locate,
                                                   Side side, std::uint32_t price,
                                                   std::uint32_t shares) noexcept {
    using detail::chain;
    const std::uint64_t symbol = chain(detail::kOrderSeed, std::uint64_t{locate});
    const std::uint64_t place = chain(chain(symbol, static_cast<std::uint64_t>(side)), price);
    return chain(chain(place, shares), reference);
}

// The share of one price level.
[[nodiscard]] constexpr std::uint64_t level_digest(std::uint16_t locate, Side side,
                                                   const Level& level) noexcept {
    using detail::chain;
    const std::uint64_t symbol = chain(detail::kLevelSeed, std::uint64_t{locate});
    const std::uint64_t place = chain(chain(symbol, static_cast<std::uint64_t>(side)), level.price);
    return chain(chain(place, level.shares), level.orders);
}

// One digest for the books of several feeds, in feed order: swapping two feeds changes it.
[[nodiscard]] constexpr std::uint64_t combine_digests(
    std::span<const std::uint64_t> digests) noexcept {
    std::uint64_t hash = detail::kFeedsSeed;
    for (const std::uint64_t digest : digests) {
        hash = detail::chain(hash, digest);
    }
    return hash;
}

}  // namespace rxlab::book
