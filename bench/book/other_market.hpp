// SPDX-License-Identifier: MIT
//
// A synthetic market unlike feedsim's, for days that differ from it: sparse references, sixty
// thousand locates, prices anywhere, other mixes, all symbols alike, bursts. It keeps no books, so
// they may cross; every message about an order is about a live one. Threading: one thread.
#pragma once

#include "feedsim/market/random.hpp"

#include <rxlab/wire/itch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace rxlab::book_bench {

struct OtherMarketModel {
    // Per mille; the rest are trades (P).
    struct Mix {
        std::uint32_t add = 437, attributed = 34, remove = 400, replace = 81, execute = 22,
                      cancel = 10, execute_at = 2;
    } mix;
    std::uint32_t symbols = 8'000;  // up to 65,535: the locates
    bool all_alike = false;         // every symbol as busy as the others
    // How often an add is about the symbol of the one before, percent: bursts.
    std::uint32_t same_symbol_percent = 0;
    std::uint32_t recent_percent = 80;
    std::uint32_t recent_mean = 2'000;  // orders back; the rest is uniform over all live orders
    std::size_t live_max = 900'000;     // above this, adds become deletes
    bool sparse_references = false;
    bool prices_anywhere = false;
};

class OtherMarket {
  public:
    OtherMarket(const OtherMarketModel& model, std::uint64_t seed)
        : model_{model}, random_{seed, 0xb00c}, mids_(model.symbols + 1, 0) {
        for (std::uint32_t& mid : mids_)
            mid = 1'000'000 + 100 * random_.below(3'000'000);
    }

    // Valid until the next call.
    [[nodiscard]] std::span<const std::byte> next() {
        namespace itch = wire::itch;
        std::uint32_t kind = random_.below(1'000);
        const auto is = [&](std::uint32_t share) {
            if (kind < share) return true;
            kind -= share;
            return false;
        };
        const OtherMarketModel::Mix& mix = model_.mix;
        if (live_.empty()) return add<itch::AddOrder>();
        const bool full = live_.size() >= model_.live_max;
        if (is(mix.add)) return full ? remove() : add<itch::AddOrder>();
        if (is(mix.attributed)) return full ? remove() : add<itch::AddOrderMpid>();
        if (is(mix.remove)) return remove();
        if (is(mix.replace)) return replace();
        if (is(mix.execute)) return take<itch::OrderExecuted>();
        if (is(mix.cancel)) return take<itch::OrderCancel>();
        if (is(mix.execute_at)) return take<itch::OrderExecutedPrice>();
        return emit(itch::Trade{}, any_locate());
    }

  private:
    static constexpr std::uint32_t kDead = ~0U;
    struct Order {
        std::uint32_t shares;
        std::uint32_t place;  // in live_; kDead if it is not there
        std::uint16_t locate;
        char side;
    };

    template <typename Message>
    std::span<const std::byte> emit(Message message, std::uint16_t locate) {
        message.header.stock_locate = locate;
        message.header.timestamp = ++time_ns_;
        static_assert(sizeof(Message) <= sizeof(buffer_));
        std::memcpy(buffer_.data(), &message, sizeof(Message));
        return {buffer_.data(), sizeof(Message)};
    }

    // Takes three in four from the first eighth of the symbols, unless they are all alike.
    std::uint16_t any_locate() {
        if (random_.chance(model_.same_symbol_percent, 100)) return last_locate_;
        const bool busy = !model_.all_alike && random_.chance(3, 4);
        const std::uint32_t of = busy ? model_.symbols / 8 + 1 : model_.symbols;
        last_locate_ = static_cast<std::uint16_t>(1 + random_.below(of));
        return last_locate_;
    }
    // Multiplying by an odd number permutes the numbers below 2^40.
    [[nodiscard]] std::uint64_t reference(std::size_t index) const {
        const std::uint64_t number = index + 1;
        if (!model_.sparse_references) return number;
        return number * 0x9e37'79b9'7f4a'7c15U & ((std::uint64_t{1} << 40) - 1);
    }
    std::uint32_t any_price(std::uint16_t locate, char side) {
        constexpr std::uint32_t kPriceMax = 2'000'000'000;  // 200,000 dollars
        if (model_.prices_anywhere) return 1 + random_.below(kPriceMax);
        std::uint32_t& mid = mids_[locate];
        if (random_.chance(1, 64)) random_.chance(1, 2) ? mid += 100 : mid -= 100;
        const std::uint32_t ticks =
            random_.chance(7, 10) ? random_.exponential(3) : random_.below(4'096);
        return side == 'B' ? mid - 100 * ticks : mid + 100 + 100 * ticks;
    }

    std::size_t enter(std::uint16_t locate, char side, std::uint32_t shares) {
        orders_.push_back({shares, static_cast<std::uint32_t>(live_.size()), locate, side});
        live_.push_back(static_cast<std::uint32_t>(orders_.size() - 1));
        return orders_.size() - 1;
    }
    void leave(std::size_t index) {
        const std::uint32_t place = orders_[index].place;
        live_[place] = live_.back();
        orders_[live_[place]].place = place;
        live_.pop_back();
        orders_[index].place = kDead;
    }
    std::size_t any_order() {
        const bool recent = random_.chance(model_.recent_percent, 100);
        for (int i = 0; recent && i < 16; ++i) {
            const std::size_t back = random_.exponential(model_.recent_mean);
            if (back >= orders_.size()) continue;
            const std::size_t index = orders_.size() - 1 - back;
            if (orders_[index].place != kDead) return index;
        }
        return live_[random_.below(static_cast<std::uint32_t>(live_.size()))];
    }

    template <typename Message>
    std::span<const std::byte> add() {
        const std::uint16_t locate = any_locate();
        const char side = random_.chance(1, 2) ? 'B' : 'S';
        Message message;
        message.side = wire::Char{side};
        message.shares = 100 * (1 + random_.below(20));
        message.price = any_price(locate, side);
        message.stock = "SYMBOL";
        message.order_reference = reference(enter(locate, side, message.shares));
        return emit(message, locate);
    }
    std::span<const std::byte> remove() {
        const std::size_t index = any_order();
        leave(index);
        wire::itch::OrderDelete message;
        message.order_reference = reference(index);
        return emit(message, orders_[index].locate);
    }
    std::span<const std::byte> replace() {
        const std::size_t index = any_order();
        const Order old = orders_[index];
        leave(index);
        wire::itch::OrderReplace message;
        message.order_reference = reference(index);
        message.shares = 100 * (1 + random_.below(20));
        message.price = any_price(old.locate, old.side);
        message.new_order_reference = reference(enter(old.locate, old.side, message.shares));
        return emit(message, old.locate);
    }
    template <typename Message>
    std::span<const std::byte> take() {
        const std::size_t index = any_order();
        Order& order = orders_[index];
        const std::uint16_t locate = order.locate;
        const std::uint32_t shares =
            random_.chance(1, 2) ? order.shares : 1 + random_.below(order.shares);
        order.shares -= shares;
        if (order.shares == 0) leave(index);
        Message message;
        message.order_reference = reference(index);
        if constexpr (requires { message.cancelled_shares; }) {
            message.cancelled_shares = shares;
        } else {
            message.executed_shares = shares;
        }
        return emit(message, locate);
    }

    OtherMarketModel model_;
    feedsim::Random random_;
    std::vector<std::uint32_t> mids_;
    std::vector<Order> orders_;  // all orders of the day
    std::vector<std::uint32_t> live_;
    std::uint64_t time_ns_ = 34'200'000'000'000;
    std::uint16_t last_locate_ = 1;
    std::array<std::byte, 64> buffer_{};
};

}  // namespace rxlab::book_bench
