// SPDX-License-Identifier: MIT
//
// What BasicBook asks of a layout: where orders, levels and symbols are kept. The rules of the
// market, the checks and their counters are BasicBook's and the same for every layout; a layout
// only finds, enters, changes and removes. All functions are called by one thread.
#pragma once

#include <rxlab/book/types.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace rxlab::book {

// A live order, or one to enter.
struct Order {
    std::uint64_t reference = 0;
    std::uint32_t price = 0;
    std::uint32_t shares = 0;
    std::uint16_t locate = 0;
    Side side = Side::bid;
    friend bool operator==(const Order&, const Order&) = default;
};

// What a book counts of a symbol for BasicBook::busiest().
struct SymbolName {
    std::uint64_t messages = 0;
    std::array<char, 8> stock{};  // as last named, padded with spaces
};

inline constexpr std::size_t kLocates = 65'536;

template <typename S>
concept BookStore = requires(S store, const S& there, typename S::Place place,
                             typename S::Hint hint, const Order& order, std::uint64_t reference,
                             std::uint16_t locate, Side side, std::uint32_t shares,
                             std::span<Level> levels) {
    requires std::constructible_from<S, const BookLimits&>;
    // What find() wants to know of a reference and can be computed before it.
    { there.hint(reference) }
    noexcept->std::same_as<typename S::Hint>;
    // Where the order of a reference is, or would be entered; valid until the next change.
    { store.find(reference, hint) }
    noexcept->std::same_as<typename S::Place>;
    { there.alive(place) }
    noexcept->std::same_as<bool>;
    // Of a live order.
    { there.order(place) }
    noexcept->std::same_as<Order>;
    { there.locate(place) }
    noexcept->std::same_as<std::uint16_t>;
    { there.shares(place) }
    noexcept->std::same_as<std::uint32_t>;
    // Room for one more order.
    { there.full() }
    noexcept->std::same_as<bool>;
    // Enters an order where find() said, behind all others of its price; false, and nothing has
    // changed, where there is no room for its level.
    { store.enter(place, order) }
    noexcept->std::same_as<bool>;
    // Takes fewer shares off a live order than it has.
    { store.reduce(place, shares) }
    noexcept;
    { store.erase(place) }
    noexcept;
    // Takes everything out: orders, levels, what is known of symbols. Allocates nothing.
    { store.clear() }
    noexcept;
    { there.best(locate, side, levels.front()) }
    noexcept->std::same_as<bool>;
    // The best levels, best first; how many there were.
    { there.depth(locate, side, levels) }
    noexcept->std::same_as<std::size_t>;
    { there.orders() }
    noexcept->std::same_as<std::size_t>;
    { there.levels() }
    noexcept->std::same_as<std::size_t>;
    { store.symbol(locate) }
    noexcept->std::same_as<SymbolName&>;
    { there.symbol(locate) }
    noexcept->std::same_as<const SymbolName&>;
    // Bytes taken for orders, levels and symbols; 0 where a layout does not count them.
    { there.memory_bytes() }
    noexcept->std::same_as<std::size_t>;
    there.for_each_order([](const Order&) {});
    there.for_each_level([](std::uint16_t, Side, const Level&) {});
};

// A layout that can be told what the next messages will need.
template <typename S>
concept PrefetchingStore = requires(const S& store, typename S::Hint hint, std::uint16_t locate,
                                    Side side) {
    // In this order, with some messages in between: each step reads what the one before fetched.
    { store.prefetch_order(hint) }
    noexcept;
    { store.prefetch_symbol(locate) }
    noexcept;
    { store.prefetch_levels(hint, locate, side) }
    noexcept;
    { store.prefetch_queue(hint) }
    noexcept;
};

namespace detail {

// `value`, if it is 1 .. max; throws std::invalid_argument otherwise.
inline std::size_t checked_limit(std::size_t value, std::size_t max, const char* what) {
    if (value >= 1 && value <= max) return value;
    throw std::invalid_argument("book of " + std::to_string(value) + ' ' + what +
                                ": must be 1 .. " + std::to_string(max));
}
inline constexpr std::size_t kOrdersMax = std::size_t{1} << 30;
inline constexpr std::size_t kLevelsMax = std::size_t{1} << 26;

}  // namespace detail

}  // namespace rxlab::book
