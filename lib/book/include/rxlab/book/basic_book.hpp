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
        switch (itch::visit(message, Visitor{*this})) {
            case itch::Status::ok:
                break;
            case itch::Status::unknown_type:
                ++counters_.unknown_type;
                break;
            case itch::Status::wrong_length:
                ++counters_.wrong_length;
                break;
        }
    }

    // The same as apply() for each message, in order; `after` is called after each with its
    // bytes. Because the messages of a packet or burst are known before they are applied, what the
    // later ones need is fetched from memory while the earlier ones are applied.
    template <typename After>
    void apply_batch(std::span<const MessageView> messages, After&& after) noexcept {
        const std::size_t count = messages.size();
        for (std::size_t i = 0; i < std::min(count, kFetchOrder); ++i) {
            fetch_order(messages[i]);
        }
        for (std::size_t i = 0; i < std::min(count, kFetchLevels); ++i) {
            fetch_levels(messages[i]);
        }
        for (std::size_t i = 0; i < std::min(count, kFetchQueue); ++i) {
            fetch_queue(messages[i]);
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (i + kFetchOrder < count) fetch_order(messages[i + kFetchOrder]);
            if (i + kFetchLevels < count) fetch_levels(messages[i + kFetchLevels]);
            if (i + kFetchQueue < count) fetch_queue(messages[i + kFetchQueue]);
            apply(messages[i]);
            after(messages[i]);
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
    struct Visitor;

    // How many messages ahead each step of prefetching runs. A step must find in the cache what the
    // one before asked for; more than that only takes room.
    static constexpr std::size_t kFetchOrder = 16;
    static constexpr std::size_t kFetchLevels = 8;
    static constexpr std::size_t kFetchQueue = 4;

    // All messages about orders begin like a delete: header, reference.
    [[nodiscard]] static bool about_order(MessageView message) noexcept {
        return message.size() >= sizeof(itch::OrderDelete);
    }
    void fetch_order(MessageView message) const noexcept {
        if constexpr (PrefetchingStore<Store>) {
            if (!about_order(message)) return;
            const auto& any = wire::overlay<itch::OrderDelete>(message);
            store_.prefetch_symbol(any.header.stock_locate);
            store_.prefetch_order(any.order_reference);
            if (any.header.type.front() != itch::OrderReplace::kType) return;
            if (message.size() < sizeof(itch::OrderReplace)) return;
            store_.prefetch_order(wire::overlay<itch::OrderReplace>(message).new_order_reference);
        }
    }
    // Only an added order says its side; of the others any side is fetched.
    void fetch_levels(MessageView message) const noexcept {
        if constexpr (PrefetchingStore<Store>) {
            if (!about_order(message)) return;
            const auto& any = wire::overlay<itch::OrderDelete>(message);
            const std::size_t at = std::min(message.size() - 1, sizeof(itch::OrderDelete));
            static_assert((itch::kBuy & 1) == 0 && (itch::kSell & 1) == 1);
            const auto side = static_cast<Side>(std::to_integer<unsigned>(message[at]) & 1U);
            store_.prefetch_levels(any.order_reference, any.header.stock_locate, side);
        }
    }
    void fetch_queue(MessageView message) const noexcept {
        if constexpr (PrefetchingStore<Store>) {
            if (!about_order(message)) return;
            store_.prefetch_queue(wire::overlay<itch::OrderDelete>(message).order_reference);
        }
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

    void add(std::uint64_t reference, char side, std::uint32_t shares, std::uint32_t price,
             std::uint16_t locate) noexcept;
    void reduce(std::uint64_t reference, std::uint32_t shares, std::uint16_t locate,
                std::uint64_t& applied) noexcept;
    void remove(std::uint64_t reference, std::uint16_t locate) noexcept;
    void replace(std::uint64_t reference, const Order& order, std::uint16_t locate) noexcept;

    // Counts an unknown reference or a wrong locate; false where there is no such order.
    bool known(typename Store::Place place, std::uint16_t locate) noexcept;

    Store store_;
    BookCounters counters_;
    [[no_unique_address]] Feed feed_;
};

// What each message does. A visitor of wire::itch::visit().
template <BookStore Store, TopFeed Feed>
struct BasicBook<Store, Feed>::Visitor {
    BasicBook& book;

    void operator()(const itch::AddOrder& m) noexcept { add(m); }
    void operator()(const itch::AddOrderMpid& m) noexcept { add(m); }
    void operator()(const itch::OrderExecuted& m) noexcept {
        book.reduce(m.order_reference, m.executed_shares, count(m), book.counters_.executions);
    }
    void operator()(const itch::OrderExecutedPrice& m) noexcept {
        book.reduce(m.order_reference, m.executed_shares, count(m), book.counters_.executions);
    }
    void operator()(const itch::OrderCancel& m) noexcept {
        book.reduce(m.order_reference, m.cancelled_shares, count(m), book.counters_.cancels);
    }
    void operator()(const itch::OrderDelete& m) noexcept {
        book.remove(m.order_reference, count(m));
    }
    void operator()(const itch::OrderReplace& m) noexcept {
        book.replace(m.order_reference, {m.new_order_reference, m.price, m.shares}, count(m));
    }
    void operator()(const itch::StockDirectory& m) noexcept {
        name(count(m), m.stock);
        ++book.counters_.ignored;
    }
    template <typename Message>
    void operator()(const Message& m) noexcept {
        count(m);
        ++book.counters_.ignored;
    }

  private:
    template <typename Message>
    void add(const Message& m) noexcept {
        const std::uint16_t locate = count(m);
        name(locate, m.stock);
        book.add(m.order_reference, m.side.front(), m.shares, m.price, locate);
    }

    // The message's stock locate.
    template <typename Message>
    std::uint16_t count(const Message& m) noexcept {
        const std::uint16_t locate = m.header.stock_locate;
        ++book.store_.symbol(locate).messages;
        return locate;
    }

    void name(std::uint16_t locate, const wire::Text<8>& stock) noexcept {
        std::memcpy(book.store_.symbol(locate).stock.data(), stock.padded().data(), 8);
    }
};

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::add(std::uint64_t reference, char side, std::uint32_t shares,
                                 std::uint32_t price, std::uint16_t locate) noexcept {
    if (side != itch::kBuy && side != itch::kSell) [[unlikely]] {
        ++counters_.bad_side;
        return;
    }
    if (locate == 0) [[unlikely]] {
        ++counters_.zero_locate;
        return;
    }
    if (shares == 0) [[unlikely]] {
        ++counters_.zero_shares;
        return;
    }
    const auto place = store_.find(reference);
    if (store_.alive(place)) [[unlikely]] {
        ++counters_.duplicate_reference;
        return;
    }
    if (store_.full()) [[unlikely]] {
        ++counters_.orders_over_capacity;
        return;
    }
    const Side where = side == itch::kBuy ? Side::bid : Side::ask;
    watched(locate, [&] {
        const bool entered = store_.enter(place, {reference, price, shares, locate, where});
        ++(entered ? counters_.adds : counters_.levels_over_capacity);
    });
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::reduce(std::uint64_t reference, std::uint32_t shares,
                                    std::uint16_t locate, std::uint64_t& applied) noexcept {
    const auto place = store_.find(reference);
    if (!known(place, locate)) return;
    if (shares == 0) [[unlikely]] {
        ++counters_.zero_shares;
        return;
    }
    ++applied;
    const std::uint32_t left = store_.shares(place);
    if (shares > left) [[unlikely]]
        ++counters_.over_execution;
    watched(store_.locate(place),
            [&] { shares < left ? store_.reduce(place, shares) : store_.erase(place); });
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::remove(std::uint64_t reference, std::uint16_t locate) noexcept {
    const auto place = store_.find(reference);
    if (!known(place, locate)) return;
    watched(store_.locate(place), [&] { store_.erase(place); });
    ++counters_.deletes;
}

// Of `order` the reference, the price and the shares are new, the rest is the old order's.
template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::replace(std::uint64_t reference, const Order& order,
                                     std::uint16_t locate) noexcept {
    const auto place = store_.find(reference);
    if (!known(place, locate)) return;
    const Order old = store_.order(place);
    watched(old.locate, [&] {
        store_.erase(place);
        if (order.shares == 0) [[unlikely]] {
            ++counters_.zero_shares;
            return;
        }
        const auto to = store_.find(order.reference);
        if (store_.alive(to)) [[unlikely]] {
            ++counters_.duplicate_reference;
            return;
        }
        const bool entered =
            store_.enter(to, {order.reference, order.price, order.shares, old.locate, old.side});
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
