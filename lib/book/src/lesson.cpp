// SPDX-License-Identifier: MIT
#include <rxlab/book/lesson/books.hpp>

namespace rxlab::book {

static_assert(OrderBook<FlatBook> && OrderBook<PagedBook> && OrderBook<HashMapBook> &&
              OrderBook<MapBook>);

template class BasicBook<MapStore<PagedMap, FlatMap>>;
template class BasicBook<MapStore<PagedMap>>;
template class BasicBook<MapStore<std::unordered_map>>;
template class BasicBook<MapStore<std::map>>;

}  // namespace rxlab::book
