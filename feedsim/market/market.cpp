// SPDX-License-Identifier: MIT
#include "feedsim/market/market.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace rxlab::feedsim {

namespace itch = wire::itch;

namespace {

constexpr std::uint32_t kTickPrice = itch::kPriceScale / 100;  // one cent
constexpr std::uint64_t kDayEndNs = 86'399'999'999'999;

std::uint16_t checked_symbols(std::uint32_t symbols) {
    if (symbols < 1 || symbols > std::numeric_limits<std::uint16_t>::max()) {
        throw std::invalid_argument("a market has 1 to 65535 symbols");
    }
    return static_cast<std::uint16_t>(symbols);
}

}  // namespace

Market::Market(const MarketOptions& options)
    : random_{options.seed, options.feed},
      activity_{checked_symbols(options.symbols)},
      pool_{static_cast<std::size_t>(
          std::min<std::uint64_t>(options.messages_expected, options.live_orders_max))},
      live_orders_low_{std::min<std::uint32_t>(10 * options.symbols, 1'000)},
      live_orders_soft_max_{options.live_orders_soft_max},
      live_orders_max_{options.live_orders_max} {
    symbols_.reserve(options.symbols);
    for (std::uint32_t i = 0; i < options.symbols; ++i) {
        // From 5 to 640 dollars, roughly uniform on a logarithmic scale.
        const std::uint32_t base_ticks = 500 + random_.below(500U << random_.below(8));
        symbols_.push_back({make_ticker(i), PriceWindow{base_ticks}});
    }
}

Market::Message Market::next() noexcept {
    time_ns_ = std::min(time_ns_ + 1 + random_.exponential(kMessageGapMeanNs - 1), kDayEndNs);
    if (opening_ != Opening::done) [[unlikely]] {
        return next_opening();
    }
    // Per mille: A 43.7%, F 3.4%, D 40.0%, U 8.1%, E 2.2%; the rest is X, C, P and I.
    const std::uint32_t kind = random_.below(1'000);
    if (kind < 471) return must_shrink() ? remove() : add(kind >= 437);
    if (kind >= 986) return kind < 995 ? trade() : imbalance();
    if (must_grow()) return add(false);
    if (kind < 871) return remove();
    if (kind < 952) return replace();
    if (kind < 974) return execute();
    if (kind < 984) return cancel();
    return execute_with_price();
}

// The mix alone makes the books grow by about one order in 18 messages. Above the soft limit, adds
// become deletes so often that growth ends about 6% of the way to the maximum.
bool Market::must_shrink() noexcept {
    if (pool_.size() <= live_orders_soft_max_) [[likely]] {
        return false;
    }
    return random_.chance(static_cast<std::uint32_t>(pool_.size() - live_orders_soft_max_),
                          static_cast<std::uint32_t>(live_orders_max_ - live_orders_soft_max_));
}

// While there are few orders, removals become adds: always in an empty market, and no longer from
// ten orders per symbol (at most 1,000 in all) on.
bool Market::must_grow() noexcept {
    const auto live = static_cast<std::uint32_t>(pool_.size());
    return live < live_orders_low_ && random_.chance(live_orders_low_ - live, live_orders_low_);
}

std::uint16_t Market::draw_locate() noexcept {
    return static_cast<std::uint16_t>(activity_.draw(random_) + 1);
}

// Seven in ten orders are round lots, the rest odd lots.
std::uint32_t Market::draw_shares() noexcept {
    if (random_.chance(7, 10)) return 100 * (1 + random_.exponential(2));
    return 1 + random_.below(99);
}

// Seven in ten prices are a few ticks from the mid, the rest in a tail up to 2,048 ticks away. A
// price that would cross is moved to one tick from the other side's best.
std::uint32_t Market::draw_price_ticks(const PriceWindow& prices, bool bid) noexcept {
    constexpr std::uint32_t kNearTicksMean = 3;
    const auto distance =
        static_cast<std::int32_t>(random_.chance(7, 10) ? random_.exponential(kNearTicksMean)
                                                        : random_.below(8U << random_.below(9)));
    if (bid) {
        const std::int32_t price =
            std::min(prices.mid_ticks() - distance, prices.best_ask_ticks() - 1);
        return static_cast<std::uint32_t>(std::max(price, 1));
    }
    return static_cast<std::uint32_t>(
        std::max(prices.mid_ticks() + 1 + distance, prices.best_bid_ticks() + 1));
}

// One add in eight tries to move the mid by a tick, with a weak pull towards the start of the day.
void Market::drift(PriceWindow& prices) noexcept {
    const std::uint32_t bits = random_.below(8 * 256);
    if (bits >= 256) return;
    prices.move_mid(static_cast<std::int32_t>(bits) < 128 - prices.drift_ticks() / 4 ? 1 : -1);
}

void Market::enter(const Order& order) noexcept {
    symbol(order.locate)
        .prices.add(order.side == itch::kBuy, static_cast<std::int32_t>(order.price_ticks));
    pool_.add(order);
}

void Market::leave(OrderPool::Handle handle) noexcept {
    const Order& order = pool_.at(handle);
    symbol(order.locate)
        .prices.remove(order.side == itch::kBuy, static_cast<std::int32_t>(order.price_ticks));
    pool_.remove(handle);
}

// Takes shares off an order and removes it when none are left.
std::uint32_t Market::take_shares(OrderPool::Handle handle, bool all) noexcept {
    Order& order = pool_.at(handle);
    const std::uint32_t shares =
        all || order.shares == 1 ? order.shares : 1 + random_.below(order.shares - 1);
    if (shares == order.shares) {
        leave(handle);
    } else {
        order.shares -= shares;
    }
    return shares;
}

// Picks four in five exponentially near the newest, the rest from all. It prefers orders close to
// the mid and passes others over 15 times in 16, so that orders far away live long, and the best
// prices empty often enough for the mid to move.
OrderPool::Handle Market::draw_order() noexcept {
    constexpr std::int32_t kNearTicks = 8;
    constexpr int kTriesMax = 16;
    const bool recent = random_.chance(4, 5);
    OrderPool::Handle handle{};
    for (int i = 0; i < kTriesMax; ++i) {
        handle = recent ? pool_.pick_recent(random_) : pool_.pick_uniform(random_);
        const Order& order = pool_.at(handle);
        const std::int32_t above =
            static_cast<std::int32_t>(order.price_ticks) - symbol(order.locate).prices.mid_ticks();
        const std::int32_t behind = order.side == itch::kBuy ? -above : above;
        if (behind <= kNearTicks || random_.chance(1, 16)) break;
    }
    return handle;
}

// The first of several draws that is at its side's best price, else the one nearest to it: a trade
// at a worse price would trade through better orders.
OrderPool::Handle Market::draw_order_at_touch() noexcept {
    constexpr int kTriesMax = 16;
    OrderPool::Handle nearest{};
    std::int32_t behind_min = std::numeric_limits<std::int32_t>::max();
    for (int i = 0; i < kTriesMax && behind_min > 0; ++i) {
        const OrderPool::Handle handle = draw_order();
        const Order& order = pool_.at(handle);
        const PriceWindow& prices = symbol(order.locate).prices;
        const auto price = static_cast<std::int32_t>(order.price_ticks);
        const std::int32_t behind = order.side == itch::kBuy ? prices.best_bid_ticks() - price
                                                             : price - prices.best_ask_ticks();
        if (std::max(behind, 0) < behind_min) {
            behind_min = std::max(behind, 0);
            nearest = handle;
        }
    }
    return nearest;
}

Market::Message Market::add(bool attributed) noexcept {
    const std::uint16_t locate = draw_locate();
    Symbol& stock = symbol(locate);
    drift(stock.prices);
    const bool bid = random_.chance(1, 2);
    const Order order{.reference = ++last_reference_,
                      .price_ticks = draw_price_ticks(stock.prices, bid),
                      .shares = draw_shares(),
                      .locate = locate,
                      .side = bid ? itch::kBuy : itch::kSell};
    enter(order);
    const auto fill = [&](auto& message) {
        message.order_reference = order.reference;
        message.side = wire::Char{order.side};
        message.shares = order.shares;
        message.stock = stock.ticker;
        message.price = order.price_ticks * kTickPrice;
    };
    if (attributed) {
        static constexpr std::array<const char*, 4> kParticipants{"RXLA", "RXLB", "RXLC", "RXLD"};
        itch::AddOrderMpid message;
        fill(message);
        message.attribution = wire::Text<4>{kParticipants[order.reference % 4]};
        return emit(message, locate);
    }
    itch::AddOrder message;
    fill(message);
    return emit(message, locate);
}

Market::Message Market::remove() noexcept {
    const OrderPool::Handle handle = draw_order();
    const Order order = pool_.at(handle);
    leave(handle);
    itch::OrderDelete message;
    message.order_reference = order.reference;
    return emit(message, order.locate);
}

// Half of the replaces change only the size.
Market::Message Market::replace() noexcept {
    const OrderPool::Handle handle = draw_order();
    Order order = pool_.at(handle);
    leave(handle);
    itch::OrderReplace message;
    message.order_reference = order.reference;
    order.reference = ++last_reference_;
    order.shares = draw_shares();
    if (random_.chance(1, 2)) {
        const PriceWindow& prices = symbol(order.locate).prices;
        order.price_ticks = draw_price_ticks(prices, order.side == itch::kBuy);
    }
    enter(order);
    message.new_order_reference = order.reference;
    message.shares = order.shares;
    message.price = order.price_ticks * kTickPrice;
    return emit(message, order.locate);
}

Market::Message Market::cancel() noexcept {
    const OrderPool::Handle handle = draw_order();
    const Order order = pool_.at(handle);
    itch::OrderCancel message;
    message.order_reference = order.reference;
    message.cancelled_shares = take_shares(handle, false);
    return emit(message, order.locate);
}

// Two in three executions fill the whole order.
Market::Message Market::execute() noexcept {
    const OrderPool::Handle handle = draw_order_at_touch();
    const Order order = pool_.at(handle);
    itch::OrderExecuted message;
    message.order_reference = order.reference;
    message.executed_shares = take_shares(handle, random_.chance(2, 3));
    message.match_number = ++last_match_;
    return emit(message, order.locate);
}

Market::Message Market::execute_with_price() noexcept {
    const OrderPool::Handle handle = draw_order_at_touch();
    const Order order = pool_.at(handle);
    itch::OrderExecutedPrice message;
    message.order_reference = order.reference;
    message.executed_shares = take_shares(handle, random_.chance(2, 3));
    message.match_number = ++last_match_;
    message.printable = wire::Char{'Y'};
    message.execution_price = order.price_ticks * kTickPrice + kTickPrice / 2;
    return emit(message, order.locate);
}

// A trade against a hidden order: reference 0, which is never in the book.
Market::Message Market::trade() noexcept {
    const std::uint16_t locate = draw_locate();
    const Symbol& stock = symbol(locate);
    itch::Trade message;
    message.side = wire::Char{itch::kBuy};
    message.shares = draw_shares();
    message.stock = stock.ticker;
    message.price = static_cast<std::uint32_t>(stock.prices.mid_ticks()) * kTickPrice;
    message.match_number = ++last_match_;
    return emit(message, locate);
}

Market::Message Market::imbalance() noexcept {
    const std::uint16_t locate = draw_locate();
    const Symbol& stock = symbol(locate);
    const std::uint32_t price = static_cast<std::uint32_t>(stock.prices.mid_ticks()) * kTickPrice;
    itch::ImbalanceIndicator message;
    message.paired_shares = draw_shares();
    message.imbalance_shares = draw_shares();
    message.imbalance_direction = wire::Char{random_.chance(1, 2) ? 'B' : 'S'};
    message.stock = stock.ticker;
    message.far_price = price;
    message.near_price = price;
    message.reference_price = price;
    message.cross_type = wire::Char{'C'};
    message.price_variation = wire::Char{'L'};
    return emit(message, locate);
}

}  // namespace rxlab::feedsim
