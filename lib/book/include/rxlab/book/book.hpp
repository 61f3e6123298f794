// SPDX-License-Identifier: MIT
//
// The layouts of an order book, all with the same rules, counters and digest (basic_book.hpp) and
// behind the same concept (order_book.hpp):
//   Book           by price level: an order is known by its level only. What receivers use.
//   FifoBook       every order in the queue of its price: FifoBook::store().queue() reads one.
//   FlatBook       an index of pages of orders, levels in sorted vectors.
//   PagedBook      an index of pages of orders, std::map of levels.
//   HashMapBook    std::unordered_map of orders, std::map of levels.
//   MapBook        std::map of orders and of levels: where one begins.
// Book and FifoBook allocate and touch all memory in their constructor; apply() neither allocates
// nor throws nor logs.
#pragma once

#include <rxlab/book/basic_book.hpp>
#include <rxlab/book/flat_map.hpp>
#include <rxlab/book/level_store.hpp>
#include <rxlab/book/map_store.hpp>
#include <rxlab/book/paged_map.hpp>

#include <map>
#include <unordered_map>

namespace rxlab::book {

using Book = BasicBook<AggregateStore>;
using FifoBook = BasicBook<FifoStore>;
using FlatBook = BasicBook<MapStore<PagedMap, FlatMap>>;
using PagedBook = BasicBook<MapStore<PagedMap>>;
using HashMapBook = BasicBook<MapStore<std::unordered_map>>;
using MapBook = BasicBook<MapStore<std::map>>;

// Compiled once, in book.cpp: all receivers run the same machine code.
extern template class BasicBook<AggregateStore>;
extern template class BasicBook<FifoStore>;
extern template class BasicBook<MapStore<PagedMap, FlatMap>>;
extern template class BasicBook<MapStore<PagedMap>>;
extern template class BasicBook<MapStore<std::unordered_map>>;
extern template class BasicBook<MapStore<std::map>>;

}  // namespace rxlab::book
