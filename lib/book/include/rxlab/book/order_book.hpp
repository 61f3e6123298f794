// SPDX-License-Identifier: MIT
//
// What all layouts of an order book have in common, as a concept: programs and lessons are written
// against it and take any. book.hpp names the layouts and says what the functions do.
#pragma once

#include <rxlab/book/types.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::book {

using MessageView = std::span<const std::byte>;

template <typename B>
concept OrderBook = requires(B book, const B& there, MessageView message,
                             std::span<const MessageView> messages, std::uint16_t locate, Side side,
                             std::span<Level> levels) {
    requires std::constructible_from<B, const BookLimits&>;
    { book.apply(message) }
    noexcept;
    { book.apply_batch(messages) }
    noexcept;
    {
        book.apply_batch(messages, [](MessageView) noexcept {})
    }
    noexcept;
    { book.clear() }
    noexcept;
    { there.top(locate) }
    noexcept->std::same_as<TopOfBook>;
    { there.depth(locate, side, levels) }
    noexcept->std::same_as<std::size_t>;
    { there.orders() }
    noexcept->std::same_as<std::size_t>;
    { there.levels() }
    noexcept->std::same_as<std::size_t>;
    { there.counters() }
    noexcept->std::same_as<const BookCounters&>;
    { there.digest() } -> std::same_as<std::uint64_t>;
    { there.busiest(std::size_t{}) } -> std::same_as<std::vector<SymbolActivity>>;
    { there.memory_bytes() }
    noexcept->std::same_as<std::size_t>;
};

}  // namespace rxlab::book
