// SPDX-License-Identifier: MIT
//
// The order books of all symbols of one ITCH 5.0 feed (one day: a symbol is its stock locate), over
// any layout (store.hpp). It is given messages and answers with top of book, depth by price level,
// and a digest of its whole state. Nothing a feed can contain aborts it: what cannot be applied is
// counted in BookCounters, which says for each case what happens to the book. Threading: one
// thread.
#pragma once

#include <rxlab/book/digest.hpp>
#include <rxlab/book/order_book.hpp>
#include <rxlab/book/store.hpp>
#include <rxlab/book/top_feed.hpp>
#include <rxlab/book/types.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/itch_book.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace rxlab::book {

namespace itch = wire::itch;

namespace detail {

// The busiest of all symbols, most messages first, then by locate.
[[nodiscard]] std::vector<SymbolActivity> busiest_of(std::vector<SymbolActivity> symbols,
                                                     std::size_t n);
[[nodiscard]] std::string without_padding(const std::array<char, 8>& stock);

}  // namespace detail

template <BookStore Store, TopFeed Feed = NoTopFeed>
class BasicBook {
  public:
    // Throws std::invalid_argument (limits outside their range) or std::system_error (no memory);
    // both say the sizes.
    explicit BasicBook(const BookLimits& limits = {}, Feed feed = {})
        : store_{limits}, feed_{std::move(feed)} {}

    // One message: exactly its bytes, without the length that frames it. Semantics:
    // - A, F add an order behind all others at its price.
    // - E, C, X take shares off an order, which dies at 0; C takes them off the order's own price,
    //   whatever price it executed at, and whether printable or not.
    // - D removes an order. U removes one and adds another of the same symbol and side; its new
    //   reference may be the old one.
    // - An order belongs to the symbol that it was added under: E, C, X, D and U find it by its
    //   reference alone, a different stock locate in them is only counted.
    // - Checks are made in this order, and the first that fails is counted. A, F: side, locate,
    //   shares, reference, room for the order, room for the level. E, C, X: reference, shares.
    //   U: reference, (the old order goes), shares, new reference, room for the level.
    void apply(MessageView message) noexcept {
        ++counters_.messages;
        const itch::BookMessage m = itch::decode_book_message(message);
        act(message, m, store_.hint(m.order_reference));
    }

    // The same as apply() for each message, in order; `after` is called after each with its
    // bytes. Because the messages of a packet or burst are known before they are applied, what the
    // later ones need is fetched from memory while the earlier ones are applied.
    template <typename After>
    void apply_batch(std::span<const MessageView> messages, After&& after) noexcept {
        if constexpr (PrefetchingStore<Store>) {
            while (!messages.empty()) {
                const std::size_t count = std::min(messages.size(), kAhead);
                apply_ahead(messages.first(count), after);
                messages = messages.subspan(count);
            }
        } else {
            for (const MessageView message : messages) {
                apply(message);
                after(message);
            }
        }
    }
    void apply_batch(std::span<const MessageView> messages) noexcept {
        apply_batch(messages, [](MessageView) noexcept {});
    }

    [[nodiscard]] TopOfBook top(std::uint16_t locate) const noexcept {
        TopOfBook top;
        Level level;
        if (store_.best(locate, Side::bid, level)) top.bid = level;
        if (store_.best(locate, Side::ask, level)) top.ask = level;
        return top;
    }
    // Fills `out` with the best levels of a side, best first, and returns how many there were.
    std::size_t depth(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
        return store_.depth(locate, side, out);
    }

    // Live orders and price levels, over all symbols.
    [[nodiscard]] std::size_t orders() const noexcept { return store_.orders(); }
    [[nodiscard]] std::size_t levels() const noexcept { return store_.levels(); }

    [[nodiscard]] const BookCounters& counters() const noexcept { return counters_; }

    // Digest of all live orders and levels (digest.hpp). Walks all memory: for the end of a run.
    [[nodiscard]] std::uint64_t digest() const noexcept {
        std::uint64_t sum = 0;
        store_.for_each_order([&](const Order& o) {
            sum += order_digest(o.reference, o.locate, o.side, o.price, o.shares);
        });
        store_.for_each_level([&](std::uint16_t locate, Side side, const Level& level) {
            sum += level_digest(locate, side, level);
        });
        return sum;
    }

    // The n symbols with the most messages, most first, then by locate. Counted are well-formed
    // messages of every type, by the stock locate that they carry. Allocates: not for the hot path.
    [[nodiscard]] std::vector<SymbolActivity> busiest(std::size_t n) const {
        std::vector<SymbolActivity> symbols;
        for (std::size_t i = 1; i < kLocates; ++i) {
            const auto locate = static_cast<std::uint16_t>(i);
            const SymbolName& symbol = store_.symbol(locate);
            if (symbol.messages == 0) continue;
            symbols.push_back({locate, detail::without_padding(symbol.stock), symbol.messages});
        }
        return detail::busiest_of(std::move(symbols), n);
    }

    // What the layout took for orders, levels and symbols; 0 where it does not count.
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return store_.memory_bytes(); }

    // What only this layout can be asked, such as FifoStore::queue().
    [[nodiscard]] const Store& store() const noexcept { return store_; }
    [[nodiscard]] Feed& feed() noexcept { return feed_; }

  private:
    using Hint = typename Store::Hint;

    // Messages that are prefetched for at a time: enough to have many requests to memory under way,
    // few enough to find their lines in the first-level cache when they are applied.
    static constexpr std::size_t kAhead = 32;

    // Three passes: decode, and fetch orders and symbols; with those, fetch levels; apply.
    template <typename After>
    void apply_ahead(std::span<const MessageView> messages, After& after) noexcept {
        std::array<itch::BookMessage, kAhead> decoded;
        std::array<Hint, kAhead> hints;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const itch::BookMessage& m = decoded[i] = itch::decode_book_message(messages[i]);
            hints[i] = store_.hint(m.order_reference);
            store_.prefetch_symbol(m.stock_locate);
            store_.prefetch_order(hints[i]);
            if (m.action == itch::BookAction::replace) store_.prefetch_order(store_.hint(m.second));
        }
        // Only an added order says its side; of the others any side will do.
        static_assert((itch::kBuy & 1) == 0 && (itch::kSell & 1) == 1);
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const auto side = static_cast<Side>(decoded[i].flag & 1);
            store_.prefetch_levels(hints[i], decoded[i].stock_locate, side);
        }
        for (std::size_t i = 0; i < messages.size(); ++i) {
            store_.prefetch_queue(hints[i]);
        }
        for (std::size_t i = 0; i < messages.size(); ++i) {
            ++counters_.messages;
            act(messages[i], decoded[i], hints[i]);
            after(messages[i]);
        }
    }

    // Does what a message says. `hint` is that of its reference.
    void act(MessageView message, const itch::BookMessage& m, Hint hint) noexcept {
        switch (m.action) {
            case itch::BookAction::add:
                name(m.stock_locate, m.second);
                add(m, hint);
                break;
            case itch::BookAction::remove:
                remove(m, hint);
                break;
            case itch::BookAction::replace:
                replace(m, hint);
                break;
            case itch::BookAction::reduce:
                reduce(m, hint);
                break;
            case itch::BookAction::none:
                ignore(message);
                return;
        }
        ++store_.symbol(m.stock_locate).messages;
    }
    // A message that is not about an order.
    void ignore(MessageView message) noexcept;
    void name(std::uint16_t locate, std::uint64_t stock) noexcept {
        const wire::be64 text{stock};
        std::memcpy(store_.symbol(locate).stock.data(), &text, sizeof(text));
    }

    // Makes a change to one symbol's book, and tells the feed where its top is another afterwards.
    template <typename Change>
    void watched(std::uint16_t locate, Change&& change) noexcept {
        if constexpr (std::is_same_v<Feed, NoTopFeed>) {
            change();
        } else {
            const TopOfBook before = top(locate);
            change();
            const TopOfBook now = top(locate);
            if (now != before) feed_(locate, now);
        }
    }

    void add(const itch::BookMessage& m, Hint hint) noexcept;
    void reduce(const itch::BookMessage& m, Hint hint) noexcept;
    void remove(const itch::BookMessage& m, Hint hint) noexcept;
    void replace(const itch::BookMessage& m, Hint hint) noexcept;

    // Counts an unknown reference or a wrong locate; false where there is no such order.
    bool known(typename Store::Place place, std::uint16_t locate) noexcept;

    Store store_;
    BookCounters counters_;
    [[no_unique_address]] Feed feed_;
};

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::ignore(MessageView message) noexcept {
    const itch::Status status = itch::visit(message, [this](const auto& m) noexcept {
        const std::uint16_t locate = m.header.stock_locate;
        ++store_.symbol(locate).messages;
        if constexpr (std::is_same_v<decltype(m), const itch::StockDirectory&>) {
            std::memcpy(store_.symbol(locate).stock.data(), m.stock.padded().data(), 8);
        }
    });
    switch (status) {
        case itch::Status::ok:
            ++counters_.ignored;
            break;
        case itch::Status::unknown_type:
            ++counters_.unknown_type;
            break;
        case itch::Status::wrong_length:
            ++counters_.wrong_length;
            break;
    }
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::add(const itch::BookMessage& m, Hint hint) noexcept {
    // One comparison for both: which of the two it is cannot be predicted.
    constexpr std::uint32_t kSides = 1U | 1U << (itch::kBuy ^ itch::kSell);
    const auto other = static_cast<unsigned char>(m.flag ^ itch::kBuy);
    if (other > 31 || (kSides >> other & 1) == 0) [[unlikely]] {
        ++counters_.bad_side;
        return;
    }
    if (m.stock_locate == 0) [[unlikely]] {
        ++counters_.zero_locate;
        return;
    }
    if (m.shares == 0) [[unlikely]] {
        ++counters_.zero_shares;
        return;
    }
    const auto place = store_.find(m.order_reference, hint);
    if (store_.alive(place)) [[unlikely]] {
        ++counters_.duplicate_reference;
        return;
    }
    if (store_.full()) [[unlikely]] {
        ++counters_.orders_over_capacity;
        return;
    }
    const auto side = static_cast<Side>(m.flag & 1);  // as asserted above
    watched(m.stock_locate, [&] {
        const bool entered =
            store_.enter(place, {m.order_reference, m.price, m.shares, m.stock_locate, side});
        ++(entered ? counters_.adds : counters_.levels_over_capacity);
    });
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::reduce(const itch::BookMessage& m, Hint hint) noexcept {
    const auto place = store_.find(m.order_reference, hint);
    if (!known(place, m.stock_locate)) return;
    if (m.shares == 0) [[unlikely]] {
        ++counters_.zero_shares;
        return;
    }
    ++(m.type == itch::OrderCancel::kType ? counters_.cancels : counters_.executions);
    const std::uint32_t left = store_.shares(place);
    if (m.shares > left) [[unlikely]]
        ++counters_.over_execution;
    watched(store_.locate(place),
            [&] { m.shares < left ? store_.reduce(place, m.shares) : store_.erase(place); });
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::remove(const itch::BookMessage& m, Hint hint) noexcept {
    const auto place = store_.find(m.order_reference, hint);
    if (!known(place, m.stock_locate)) return;
    watched(store_.locate(place), [&] { store_.erase(place); });
    ++counters_.deletes;
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::replace(const itch::BookMessage& m, Hint hint) noexcept {
    const auto place = store_.find(m.order_reference, hint);
    if (!known(place, m.stock_locate)) return;
    const Order old = store_.order(place);
    watched(old.locate, [&] {
        store_.erase(place);
        if (m.shares == 0) [[unlikely]] {
            ++counters_.zero_shares;
            return;
        }
        const auto to = store_.find(m.second, store_.hint(m.second));
        if (store_.alive(to)) [[unlikely]] {
            ++counters_.duplicate_reference;
            return;
        }
        const bool entered = store_.enter(to, {m.second, m.price, m.shares, old.locate, old.side});
        ++(entered ? counters_.replaces : counters_.levels_over_capacity);
    });
}

template <BookStore Store, TopFeed Feed>
bool BasicBook<Store, Feed>::known(typename Store::Place place, std::uint16_t locate) noexcept {
    if (!store_.alive(place)) [[unlikely]] {
        ++counters_.unknown_reference;
        return false;
    }
    if (store_.locate(place) != locate) [[unlikely]]
        ++counters_.locate_mismatch;
    return true;
}

}  // namespace rxlab::book
