// SPDX-License-Identifier: MIT
#include <rxlab/book/book.hpp>
#include <rxlab/wire/itch.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rxlab::book {

namespace itch = wire::itch;

namespace {

constexpr std::size_t kLocates = 65'536;
constexpr std::size_t kOrdersMax = std::size_t{1} << 30;
constexpr std::size_t kLevelsMax = std::size_t{1} << 26;

std::size_t checked(std::size_t value, std::size_t max, const char* what) {
    if (value >= 1 && value <= max) return value;
    throw std::invalid_argument("book of " + std::to_string(value) + ' ' + what +
                                ": must be 1 .. " + std::to_string(max));
}

// Units of four levels. An array is at least a quarter full, so at most one unit for each level is
// in use at a time; twice as many leave room to grow in where small arrays lie scattered.
std::size_t slab_units(std::size_t levels) {
    return 2 * checked(levels, kLevelsMax, "levels");
}

}  // namespace

Book::Book(const BookLimits& limits)
    : orders_{checked(limits.orders, kOrdersMax, "orders")},
      slab_{slab_units(limits.levels)},
      symbols_{kLocates, "symbols"},
      levels_max_{limits.levels} {}

struct Book::Visitor {
    Book& book;

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
        book.replace(m.order_reference, m.new_order_reference, m.shares, m.price, count(m));
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
        ++book.symbols_[locate].messages;
        return locate;
    }

    void name(std::uint16_t locate, const wire::Text<8>& stock) noexcept {
        std::memcpy(book.symbols_[locate].stock.data(), stock.padded().data(), 8);
    }
};

void Book::apply(std::span<const std::byte> message) noexcept {
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

void Book::add(std::uint64_t reference, char side, std::uint32_t shares, std::uint32_t price,
               std::uint16_t locate) noexcept {
    if (side != itch::kBuy && side != itch::kSell) {
        ++counters_.bad_side;
    } else if (locate == 0) {
        ++counters_.zero_locate;
    } else if (shares == 0) {
        ++counters_.zero_shares;
    } else if (orders_.find(reference) != nullptr) {
        ++counters_.duplicate_reference;
    } else if (orders_.full()) {
        ++counters_.orders_over_capacity;
    } else {
        const Side where = side == itch::kBuy ? Side::bid : Side::ask;
        if (enter({reference, price, shares, locate, where})) ++counters_.adds;
    }
}

void Book::reduce(std::uint64_t reference, std::uint32_t shares, std::uint16_t locate,
                  std::uint64_t& applied) noexcept {
    Order* const order = find(reference, locate);
    if (order == nullptr) return;
    if (shares == 0) {
        ++counters_.zero_shares;
        return;
    }
    ++applied;
    if (shares > order->shares) [[unlikely]] {
        ++counters_.over_execution;
        shares = order->shares;
    }
    leave_level(*order, shares);
    if (shares == order->shares) {
        orders_.erase(order);
    } else {
        order->shares -= shares;
    }
}

void Book::remove(std::uint64_t reference, std::uint16_t locate) noexcept {
    Order* const order = find(reference, locate);
    if (order == nullptr) return;
    leave_level(*order, order->shares);
    orders_.erase(order);
    ++counters_.deletes;
}

void Book::replace(std::uint64_t reference, std::uint64_t new_reference, std::uint32_t shares,
                   std::uint32_t price, std::uint16_t locate) noexcept {
    Order* const old = find(reference, locate);
    if (old == nullptr) return;
    const Order order{new_reference, price, shares, old->locate, old->side};
    leave_level(*old, old->shares);
    orders_.erase(old);
    if (shares == 0) {
        ++counters_.zero_shares;
    } else if (orders_.find(new_reference) != nullptr) {
        ++counters_.duplicate_reference;
    } else if (enter(order)) {
        ++counters_.replaces;
    }
}

Order* Book::find(std::uint64_t reference, std::uint16_t locate) noexcept {
    Order* const order = orders_.find(reference);
    if (order == nullptr) {
        ++counters_.unknown_reference;
    } else if (order->locate != locate) [[unlikely]] {
        ++counters_.locate_mismatch;
    }
    return order;
}

bool Book::enter(const Order& order) noexcept {
    PriceLevels& side = symbols_[order.locate].sides[static_cast<std::size_t>(order.side)];
    const std::uint32_t key = price_key(order.side, order.price);
    Level* level = side.find(slab_, key);
    if (level == nullptr) {
        if (levels_ < levels_max_) level = side.insert(slab_, key);
        if (level == nullptr) {
            ++counters_.levels_over_capacity;
            return false;
        }
        ++levels_;
    }
    level->shares += order.shares;
    ++level->orders;
    orders_.insert(order);
    return true;
}

void Book::leave_level(const Order& order, std::uint32_t shares) noexcept {
    PriceLevels& side = symbols_[order.locate].sides[static_cast<std::size_t>(order.side)];
    Level* const level = side.find(slab_, price_key(order.side, order.price));
    assert(level != nullptr && level->shares >= shares);
    level->shares -= shares;
    if (shares != order.shares) return;
    if (--level->orders == 0) {
        side.erase(slab_, level);
        --levels_;
    }
}

TopOfBook Book::top(std::uint16_t locate) const noexcept {
    TopOfBook top;
    Level best;
    if (depth(locate, Side::bid, {&best, 1}) == 1) top.bid = best;
    if (depth(locate, Side::ask, {&best, 1}) == 1) top.ask = best;
    return top;
}

std::size_t Book::depth(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
    const PriceLevels& levels = symbols_[locate].sides[static_cast<std::size_t>(side)];
    const std::size_t count = std::min<std::size_t>(out.size(), levels.size());
    for (std::size_t rank = 0; rank < count; ++rank) {
        out[rank] = levels.from_best(slab_, rank);
        out[rank].price = price_key(side, out[rank].price);
    }
    return count;
}

std::uint64_t Book::digest() const noexcept {
    std::uint64_t sum = 0;
    orders_.for_each([&](const Order& order) {
        sum += order_digest(order.reference, order.locate, order.side, order.price, order.shares);
    });
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
        const auto locate = static_cast<std::uint16_t>(i);
        for (const Side side : {Side::bid, Side::ask}) {
            const PriceLevels& levels = symbols_[i].sides[static_cast<std::size_t>(side)];
            for (std::size_t rank = 0; rank < levels.size(); ++rank) {
                Level level = levels.from_best(slab_, rank);
                level.price = price_key(side, level.price);
                sum += level_digest(locate, side, level);
            }
        }
    }
    return sum;
}

std::vector<SymbolActivity> Book::busiest(std::size_t n) const {
    std::vector<std::uint16_t> locates;
    for (std::size_t i = 1; i < symbols_.size(); ++i) {
        if (symbols_[i].messages > 0) locates.push_back(static_cast<std::uint16_t>(i));
    }
    n = std::min(n, locates.size());
    std::ranges::partial_sort(locates, locates.begin() + static_cast<std::ptrdiff_t>(n),
                              [this](std::uint16_t a, std::uint16_t b) {
                                  const std::uint64_t left = symbols_[a].messages;
                                  const std::uint64_t right = symbols_[b].messages;
                                  return left != right ? left > right : a < b;
                              });
    std::vector<SymbolActivity> result;
    for (std::size_t i = 0; i < n; ++i) {
        const Symbol& symbol = symbols_[locates[i]];
        const std::string_view padded{symbol.stock.data(), symbol.stock.size()};
        const std::size_t last = padded.find_last_not_of(std::string_view{" \0", 2});
        const std::size_t length = last == std::string_view::npos ? 0 : last + 1;
        result.push_back({locates[i], std::string{padded.substr(0, length)}, symbol.messages});
    }
    return result;
}

}  // namespace rxlab::book
