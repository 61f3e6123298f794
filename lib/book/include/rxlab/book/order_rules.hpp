// SPDX-License-Identifier: MIT
//
// The rules for orders: what each message does to a BasicBook, which checks it must pass, and what
// is counted where it does not. The second half of book.hpp, which includes it.
#pragma once

#include <rxlab/book/book.hpp>

#include <bitset>

namespace rxlab::book {

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
        // A recording that begins after the directory, or a feed without one, names a stock in
        // other messages: all that carry a symbol carry its locate.
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
