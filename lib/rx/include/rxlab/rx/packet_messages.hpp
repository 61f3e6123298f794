// SPDX-License-Identifier: MIT
//
// The messages of a packet into a book: those of one that has several are handed over together, so
// that the book can ask for the memory of the later ones while it applies the earlier. Stateless.
#pragma once

#include <rxlab/book/order_book.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace rxlab::rx {

// As wire::mold::for_each_message(): the `count` messages from number `skip` on, up to the first
// that is cut short. `messages`: what is behind the packet's header.
template <book::OrderBook B>
wire::mold::Status apply_messages(B& book, std::span<const std::byte> messages, std::uint16_t count,
                                  std::size_t skip = 0) noexcept {
    if (count < 2) {
        return wire::mold::for_each_message(
            messages, count, [&book](book::MessageView message) { book.apply(message); }, skip);
    }
    constexpr std::size_t kTogether = 32;  // as many as the book looks ahead
    // Not filled, because most of it is not used.
    alignas(book::MessageView) std::byte storage[kTogether * sizeof(book::MessageView)];
    auto* const window = reinterpret_cast<book::MessageView*>(storage);
    std::size_t held = 0;
    const wire::mold::Status status = wire::mold::for_each_message(
        messages, count,
        [&](book::MessageView message) {
            std::construct_at(window + held++, message);
            if (held < kTogether) return;
            book.apply_batch(std::span<const book::MessageView>{window, held});
            held = 0;
        },
        skip);
    book.apply_batch(std::span<const book::MessageView>{window, held});
    return status;
}

}  // namespace rxlab::rx
