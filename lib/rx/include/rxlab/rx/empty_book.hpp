// SPDX-License-Identifier: MIT
//
// Empties a book in place. Stateless; allocates nothing.
#pragma once

#include <rxlab/book/book.hpp>
#include <rxlab/wire/itch.hpp>

#include <cstdint>

namespace rxlab::rx {

// Deletes all orders, as that many messages would (they count in the book's counters); returns how
// many there were. Walks the book's memory: milliseconds, once a session.
inline std::uint64_t empty_book(book::Book& book) noexcept {
    const std::uint64_t orders = book.orders();
    wire::itch::OrderDelete message;
    // A delete may move another order to where the walk has been: it is met in the next one.
    while (book.orders() != 0) {
        book.store().for_each_order([&](const book::Order& order) {
            message.header.stock_locate = order.locate;
            message.order_reference = order.reference;
            book.apply(wire::bytes_of(message));
        });
    }
    return orders;
}

}  // namespace rxlab::rx
