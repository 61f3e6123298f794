// SPDX-License-Identifier: MIT
//
// The layouts of an order book, both with the same rules, counters and digest (basic_book.hpp) and
// behind the same concept (order_book.hpp):
//   Book           by price level: an order is known by its level only. What receivers use.
//   FifoBook       every order in the queue of its price: FifoBook::store().queue() reads one.
// They allocate and touch all memory in their constructor; apply() neither allocates nor throws nor
// logs. lesson/books.hpp has the layouts of maps that the lesson starts from.
#pragma once

#include <rxlab/book/basic_book.hpp>
#include <rxlab/book/level_store.hpp>

namespace rxlab::book {

using Book = BasicBook<AggregateStore>;
using FifoBook = BasicBook<FifoStore>;

// Compiled once, in book.cpp: all receivers run the same machine code.
extern template class BasicBook<AggregateStore>;
extern template class BasicBook<FifoStore>;

}  // namespace rxlab::book
