// SPDX-License-Identifier: MIT
#include <rxlab/book/book.hpp>

#include <algorithm>
#include <string_view>

namespace rxlab::book {

namespace detail {

std::vector<SymbolActivity> busiest_of(std::vector<SymbolActivity> symbols, std::size_t n) {
    n = std::min(n, symbols.size());
    std::ranges::partial_sort(symbols, symbols.begin() + static_cast<std::ptrdiff_t>(n),
                              [](const SymbolActivity& a, const SymbolActivity& b) {
                                  return a.messages != b.messages ? a.messages > b.messages
                                                                  : a.locate < b.locate;
                              });
    symbols.resize(n);
    return symbols;
}

std::string without_padding(const std::array<char, 8>& stock) {
    const std::string_view padded{stock.data(), stock.size()};
    const std::size_t last = padded.find_last_not_of(std::string_view{" \0", 2});
    return std::string{padded.substr(0, last == std::string_view::npos ? 0 : last + 1)};
}

}  // namespace detail

static_assert(OrderBook<Book> && OrderBook<FifoBook>);

template class BasicBook<AggregateStore>;
template class BasicBook<FifoStore>;

}  // namespace rxlab::book
