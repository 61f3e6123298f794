// SPDX-License-Identifier: MIT
//
// The order books of all symbols of one ITCH 5.0 feed (one day: a symbol is its stock locate). It
// is given messages and answers with top of book, depth by price level, and a digest of its whole
// state. Nothing a feed can contain aborts it: what cannot be applied is counted in BookCounters,
// which says for each case what happens to the book. Threading: one thread.
//
// BasicBook works over any layout (store.hpp). Two layouts have a name here:
//   Book           by price level: an order is known by its level only. What receivers use.
//   FifoBook       every order in the queue of its price: FifoBook::store().queue() reads one.
// They allocate and touch all memory in their constructor; apply() neither allocates nor throws nor
// logs. lesson/books.hpp has the layouts of maps that the lesson starts from.
#pragma once

#include <rxlab/book/digest.hpp>
#include <rxlab/book/level_store.hpp>
#include <rxlab/book/order_book.hpp>
#include <rxlab/book/store.hpp>
#include <rxlab/book/types.hpp>
#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/itch.hpp>

#include <algorithm>
#include <array>
#include <bitset>
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

// A change feed: what a book tells its user when the top of a symbol's book has changed. Called
// after a message that changed the best bid or ask (price, shares or orders), once, with the new
// top. Runs in the packet path: it must not throw or wait. A book without one contains no trace of
// it: no branch, no byte.
template <typename F>
concept TopFeed = std::is_nothrow_invocable_v<F&, std::uint16_t, const TopOfBook&>;

struct NoTopFeed {
    void operator()(std::uint16_t, const TopOfBook&) const noexcept {}
};

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
        const itch::BookAction action = itch::book_type(message).action;
        Hint hint{};
        if (action != itch::BookAction::none) hint = store_.hint(reference_of(message));
        act(message, action, hint);
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

    // Another day begins: afterwards the book is as a new one, without orders, levels, names and
    // activity of symbols; only counters() go on. Allocates nothing; walks all memory, so it is for
    // between two sessions. A feed is told of every top that was there.
    void clear() noexcept;

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

    // How many of the symbols from locate `first` up to, not including, `end` have had a message.
    [[nodiscard]] std::size_t symbols_between(std::size_t first, std::size_t end) const noexcept {
        std::size_t count = 0;
        for (std::size_t i = std::max<std::size_t>(first, 1); i < end; ++i)
            count += store_.symbol(static_cast<std::uint16_t>(i)).messages != 0 ? 1U : 0U;
        return count;
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

    // What of a message the passes below need.
    struct Ahead {
        Hint hint;
        std::uint16_t locate;
        itch::BookAction action;
        Side side;  // of an added order; of the others any
    };

    // Three passes: fetch orders and symbols; with those, fetch levels; apply.
    template <typename After>
    void apply_ahead(std::span<const MessageView> messages, After& after) noexcept {
        std::array<Ahead, kAhead> ahead;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            ahead[i] = look_ahead(messages[i]);
        }
        for (std::size_t i = 0; i < messages.size(); ++i) {
            store_.prefetch_levels(ahead[i].hint, ahead[i].locate, ahead[i].side);
        }
        for (std::size_t i = 0; i < messages.size(); ++i) {
            store_.prefetch_queue(ahead[i].hint);
        }
        for (std::size_t i = 0; i < messages.size(); ++i) {
            act(messages[i], ahead[i].action, ahead[i].hint);
            after(messages[i]);
        }
    }

    // A template, because clang 14 instantiates other members even where their constraint fails.
    template <PrefetchingStore = Store>
    [[nodiscard]] Ahead look_ahead(MessageView message) const noexcept {
        const itch::BookType type = itch::book_type(message);
        if (type.action == itch::BookAction::none) [[unlikely]]
            return {};
        const Hint hint = store_.hint(reference_of(message));
        const std::uint16_t locate = wire::overlay<itch::MessageHeader>(message).stock_locate;
        store_.prefetch_symbol(locate);
        store_.prefetch_order(hint);
        if (type.action == itch::BookAction::replace) {
            const auto& replace = wire::overlay<itch::OrderReplace>(message);
            store_.prefetch_order(store_.hint(replace.new_order_reference));
        }
        return {hint, locate, type.action, side_of(message[type.side_at])};
    }

    // Of a message about an order: it stands at the same place in all of them.
    [[nodiscard]] static std::uint64_t reference_of(MessageView message) noexcept {
        return wire::overlay<itch::OrderDelete>(message).order_reference;
    }
    [[nodiscard]] static Side side_of(std::byte side) noexcept {
        static_assert((itch::kBuy & 1) == 0 && (itch::kSell & 1) == 1);
        return static_cast<Side>(side & std::byte{1});
    }

    // Does what a message says. `hint` is that of its reference.
    void act(MessageView message, itch::BookAction action, Hint hint) noexcept {
        ++counters_.messages;
        switch (action) {
            case itch::BookAction::add:
                add(wire::overlay<itch::BookAdd>(message), hint);
                break;
            case itch::BookAction::remove:
                remove(wire::overlay<itch::OrderDelete>(message), hint);
                break;
            case itch::BookAction::replace:
                replace(wire::overlay<itch::OrderReplace>(message), hint);
                break;
            case itch::BookAction::reduce:
                reduce(wire::overlay<itch::BookReduce>(message), hint);
                break;
            case itch::BookAction::none:
                ignore(message);
                return;
        }
        ++store_.symbol(wire::overlay<itch::MessageHeader>(message).stock_locate).messages;
    }
    // A message that is not about an order.
    void ignore(MessageView message) noexcept;
    void name(std::uint16_t locate, const wire::Text<8>& stock) noexcept {
        std::memcpy(store_.symbol(locate).stock.data(), stock.padded().data(), 8);
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

    void add(const itch::BookAdd& m, Hint hint) noexcept;
    void reduce(const itch::BookReduce& m, Hint hint) noexcept;
    void remove(const itch::OrderDelete& m, Hint hint) noexcept;
    void replace(const itch::OrderReplace& m, Hint hint) noexcept;

    // Counts an unknown reference or a wrong locate; false where there is no such order.
    bool known(typename Store::Place place, std::uint16_t locate) noexcept;

    Store store_;
    BookCounters counters_;
    [[no_unique_address]] Feed feed_;
};

// The rules for orders: what each message does to the book, which checks it must pass, and what is
// counted if it does not.

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::clear() noexcept {
    if constexpr (std::is_same_v<Feed, NoTopFeed>) {
        store_.clear();
    } else {
        std::bitset<kLocates> had_top;
        for (std::size_t i = 0; i < kLocates; ++i)
            had_top[i] = top(static_cast<std::uint16_t>(i)) != TopOfBook{};
        store_.clear();
        for (std::size_t i = 0; i < kLocates; ++i) {
            if (had_top[i]) feed_(static_cast<std::uint16_t>(i), TopOfBook{});
        }
    }
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::ignore(MessageView message) noexcept {
    const itch::Status status = itch::visit(message, [this](const auto& m) noexcept {
        const std::uint16_t locate = m.header.stock_locate;
        ++store_.symbol(locate).messages;
        // In a recording that begins after the directory, or a feed without one, other messages
        // name a stock: all that carry a symbol carry its locate.
        if constexpr (requires { m.stock; }) {
            if (m.stock.front() != ' ') name(locate, m.stock);
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
void BasicBook<Store, Feed>::add(const itch::BookAdd& m, Hint hint) noexcept {
    const std::uint16_t locate = m.header.stock_locate;
    name(locate, m.stock);
    // One comparison for both: which of the two it is cannot be predicted.
    constexpr std::uint32_t kSides = 1U | 1U << (itch::kBuy ^ itch::kSell);
    const auto other = static_cast<unsigned char>(m.side.front() ^ itch::kBuy);
    if (other > 31 || (kSides >> other & 1) == 0) [[unlikely]] {
        ++counters_.bad_side;
        return;
    }
    if (locate == 0) [[unlikely]] {
        ++counters_.zero_locate;
        return;
    }
    const std::uint32_t shares = m.shares;
    if (shares == 0) [[unlikely]] {
        ++counters_.zero_shares;
        return;
    }
    const std::uint64_t reference = m.order_reference;
    const auto place = store_.find(reference, hint);
    if (store_.alive(place)) [[unlikely]] {
        ++counters_.duplicate_reference;
        return;
    }
    if (store_.full()) [[unlikely]] {
        ++counters_.orders_over_capacity;
        return;
    }
    const Side side = side_of(std::byte(m.side.front()));
    watched(locate, [&] {
        const bool entered = store_.enter(place, {reference, m.price, shares, locate, side});
        ++(entered ? counters_.adds : counters_.levels_over_capacity);
    });
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::reduce(const itch::BookReduce& m, Hint hint) noexcept {
    const auto place = store_.find(m.order_reference, hint);
    if (!known(place, m.header.stock_locate)) return;
    const std::uint32_t shares = m.cancelled_shares;
    if (shares == 0) [[unlikely]] {
        ++counters_.zero_shares;
        return;
    }
    const bool is_cancel = m.header.type.front() == itch::OrderCancel::kType;
    ++(is_cancel ? counters_.cancels : counters_.executions);
    const std::uint32_t left = store_.shares(place);
    if (shares > left) [[unlikely]]
        ++counters_.over_execution;
    watched(store_.locate(place),
            [&] { shares < left ? store_.reduce(place, shares) : store_.erase(place); });
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::remove(const itch::OrderDelete& m, Hint hint) noexcept {
    const auto place = store_.find(m.order_reference, hint);
    if (!known(place, m.header.stock_locate)) return;
    watched(store_.locate(place), [&] { store_.erase(place); });
    ++counters_.deletes;
}

template <BookStore Store, TopFeed Feed>
void BasicBook<Store, Feed>::replace(const itch::OrderReplace& m, Hint hint) noexcept {
    const auto place = store_.find(m.order_reference, hint);
    if (!known(place, m.header.stock_locate)) return;
    // [lab: replace]
    const Order old = store_.order(place);
    watched(old.locate, [&] {
        store_.erase(place);
        if (m.shares == 0) [[unlikely]] {
            ++counters_.zero_shares;
            return;
        }
        const std::uint64_t reference = m.new_order_reference;
        const auto to = store_.find(reference, store_.hint(reference));
        if (store_.alive(to)) [[unlikely]] {
            ++counters_.duplicate_reference;
            return;
        }
        const bool entered = store_.enter(to, {reference, m.price, m.shares, old.locate, old.side});
        ++(entered ? counters_.replaces : counters_.levels_over_capacity);
    });
    // [end lab: replace]
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

using Book = BasicBook<AggregateStore>;
using FifoBook = BasicBook<FifoStore>;

// Compiled once, in book.cpp: all receivers run the same machine code.
extern template class BasicBook<AggregateStore>;
extern template class BasicBook<FifoStore>;

}  // namespace rxlab::book
