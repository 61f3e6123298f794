// SPDX-License-Identifier: MIT
//
// The layouts that docs/from-std-map-to-n-ns.md starts from. They have the rules, counters and
// digest of Book, and are measured and tested beside it; no receiver uses them:
//   FlatBook       an index of pages of orders, levels in sorted vectors.
//   PagedBook      an index of pages of orders, std::map of levels.
//   HashMapBook    std::unordered_map of orders, std::map of levels.
//   MapBook        std::map of orders and of levels: where one begins.
#pragma once

#include <rxlab/book/book.hpp>
#include <rxlab/book/lesson/flat_map.hpp>
#include <rxlab/book/lesson/map_store.hpp>
#include <rxlab/book/lesson/paged_map.hpp>

#include <map>
#include <unordered_map>

namespace rxlab::book {

using FlatBook = BasicBook<MapStore<PagedMap, FlatMap>>;
using PagedBook = BasicBook<MapStore<PagedMap>>;
using HashMapBook = BasicBook<MapStore<std::unordered_map>>;
using MapBook = BasicBook<MapStore<std::map>>;

// Compiled once, in lesson.cpp.
extern template class BasicBook<MapStore<PagedMap, FlatMap>>;
extern template class BasicBook<MapStore<PagedMap>>;
extern template class BasicBook<MapStore<std::unordered_map>>;
extern template class BasicBook<MapStore<std::map>>;

}  // namespace rxlab::book
