// SPDX-License-Identifier: MIT
//
// A naive order book to hold lib/book against: one std::map of live orders, fields read at the
// specification's offsets, price levels added up from the orders whenever they are asked for. It
// shares nothing with the book under test but the definition of the digest.
#pragma once

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace rxlab::book::test {

class Oracle {
  public:
    explicit Oracle(const BookLimits& limits = {}) : limits_{limits} {}

    void apply(std::span<const std::byte> message) {
        ++expected.messages;
        const std::size_t length = length_of(message);
        if (length == 0) {
            ++expected.unknown_type;
        } else if (message.size() < length) {
            ++expected.wrong_length;
        } else {
            apply_well_formed(message);
        }
    }

    // Compares everything that a book can be asked for. A level that the oracle lacks shows in the
    // number of levels, wherever it is.
    template <OrderBook B>
    void expect_same(const B& book) const {
        const auto levels = all_levels();
        for (auto next = levels.begin(); next != levels.end();) {
            const auto [locate, side, price] = next->first;
            ASSERT_NO_FATAL_FAILURE(expect_same_side(book, levels, locate, side));
            next = levels.upper_bound({locate, side, ~std::uint32_t{0}});
        }
        ASSERT_EQ(book.levels(), levels.size());
        ASSERT_EQ(book.orders(), orders_.size());
        ASSERT_EQ(book.digest(), digest(levels));
        expect_same_counters(book);
    }

    // The queue of every price, of a layout that knows it.
    template <OrderBook B>
    void expect_same_queues(const B& book) const {
        std::map<Place, std::map<std::uint64_t, QueuedOrder>> queues;  // by arrival
        for (const auto& [reference, order] : orders_) {
            queues[{order.locate, order.side, order.price}][order.arrival] = {reference,
                                                                              order.shares};
        }
        for (const auto& [place, arrivals] : queues) {
            std::vector<QueuedOrder> expected_orders, found(arrivals.size());
            for (const auto& [arrival, order] : arrivals) {
                expected_orders.push_back(order);
            }
            const auto [locate, side, price] = place;
            ASSERT_EQ(book.store().queue(locate, side, price, found), arrivals.size());
            ASSERT_EQ(found, expected_orders) << "locate " << locate << " price " << price;
        }
    }

    template <OrderBook B>
    void expect_same_counters(const B& book) const {
        for (const NamedCounter& counter : kBookCounters) {
            ASSERT_EQ(book.counters().*counter.value, expected.*counter.value) << counter.name;
        }
    }

    template <OrderBook B>
    void expect_same_top(const B& book, std::uint16_t locate) const {
        const auto levels = all_levels();
        TopOfBook top;
        const auto bids = side_levels(levels, locate, Side::bid);
        const auto asks = side_levels(levels, locate, Side::ask);
        if (!bids.empty()) top.bid = bids.front();
        if (!asks.empty()) top.ask = asks.front();
        ASSERT_EQ(book.top(locate), top) << "locate " << locate;
    }

    // References and stock locates of the live orders.
    [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint16_t>> live() const {
        std::vector<std::pair<std::uint64_t, std::uint16_t>> references;
        for (const auto& [reference, order] : orders_) {
            references.emplace_back(reference, order.locate);
        }
        return references;
    }

    [[nodiscard]] std::size_t orders() const { return orders_.size(); }

    BookCounters expected;

  private:
    struct Order {
        std::uint16_t locate;
        Side side;
        std::uint32_t price;
        std::uint32_t shares;
        std::uint64_t arrival = 0;  // greater: further back in its queue
    };
    using Place = std::tuple<std::uint16_t, Side, std::uint32_t>;

    template <OrderBook B>
    static void expect_same_side(const B& book, const std::map<Place, Level>& levels,
                                 std::uint16_t locate, Side side) {
        const std::vector<Level> expected_levels = side_levels(levels, locate, side);
        std::vector<Level> found(expected_levels.size() + 1);
        found.resize(book.depth(locate, side, found));
        ASSERT_EQ(found, expected_levels) << "locate " << locate;
    }

    [[nodiscard]] std::uint64_t digest(const std::map<Place, Level>& levels) const {
        std::uint64_t sum = 0;
        for (const auto& [reference, order] : orders_) {
            sum += order_digest(reference, order.locate, order.side, order.price, order.shares);
        }
        for (const auto& [place, level] : levels) {
            sum += level_digest(std::get<0>(place), std::get<1>(place), level);
        }
        return sum;
    }

    static std::uint64_t field(std::span<const std::byte> message, std::size_t offset,
                               std::size_t bytes) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            value = value * 256 + std::to_integer<std::uint64_t>(message[offset + i]);
        }
        return value;
    }
    static std::uint32_t field32(std::span<const std::byte> message, std::size_t offset) {
        return static_cast<std::uint32_t>(field(message, offset, 4));
    }

    // By the specification; 0 for an unknown type. An empty message has a wrong length, not an
    // unknown type.
    static std::size_t length_of(std::span<const std::byte> message) {
        static const std::map<char, std::size_t> lengths{
            {'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'L', 26}, {'V', 35}, {'W', 12}, {'K', 28},
            {'J', 35}, {'h', 21}, {'A', 36}, {'F', 40}, {'E', 31}, {'C', 36}, {'X', 23}, {'D', 19},
            {'U', 35}, {'P', 44}, {'Q', 40}, {'B', 19}, {'I', 50}, {'N', 20}, {'O', 48}};
        if (message.empty()) return 1;
        const auto found = lengths.find(std::to_integer<char>(message[0]));
        return found == lengths.end() ? 0 : found->second;
    }

    void apply_well_formed(std::span<const std::byte> m) {
        const char type = std::to_integer<char>(m[0]);
        const auto locate = static_cast<std::uint16_t>(field(m, 1, 2));
        if (type == 'A' || type == 'F') {
            add(m, locate);
        } else if (type == 'E' || type == 'C') {
            take(m, locate, expected.executions);
        } else if (type == 'X') {
            take(m, locate, expected.cancels);
        } else if (type == 'D') {
            if (!known(m, locate)) return;
            orders_.erase(field(m, 11, 8));
            ++expected.deletes;
        } else if (type == 'U') {
            replace(m, locate);
        } else {
            ++expected.ignored;
        }
    }

    void add(std::span<const std::byte> m, std::uint16_t locate) {
        const char side = std::to_integer<char>(m[19]);
        const std::uint64_t reference = field(m, 11, 8);
        Order order{locate, side == 'B' ? Side::bid : Side::ask, field32(m, 32), field32(m, 20)};
        order.arrival = ++arrivals_;
        if (side != 'B' && side != 'S') {
            ++expected.bad_side;
        } else if (locate == 0) {
            ++expected.zero_locate;
        } else if (order.shares == 0) {
            ++expected.zero_shares;
        } else if (orders_.contains(reference)) {
            ++expected.duplicate_reference;
        } else if (orders_.size() == limits_.orders) {
            ++expected.orders_over_capacity;
        } else if (!fits(order)) {
            ++expected.levels_over_capacity;
        } else {
            orders_[reference] = order;
            ++expected.adds;
        }
    }

    void take(std::span<const std::byte> m, std::uint16_t locate, std::uint64_t& applied) {
        if (!known(m, locate)) return;
        const std::uint32_t shares = field32(m, 19);
        if (shares == 0) {
            ++expected.zero_shares;
            return;
        }
        ++applied;
        Order& order = orders_[field(m, 11, 8)];
        if (shares > order.shares) ++expected.over_execution;
        if (shares < order.shares) {
            order.shares -= shares;
        } else {
            orders_.erase(field(m, 11, 8));
        }
    }

    void replace(std::span<const std::byte> m, std::uint16_t locate) {
        if (!known(m, locate)) return;
        Order order = orders_[field(m, 11, 8)];
        orders_.erase(field(m, 11, 8));
        const std::uint64_t reference = field(m, 19, 8);
        order.shares = field32(m, 27);
        order.price = field32(m, 31);
        order.arrival = ++arrivals_;
        if (order.shares == 0) {
            ++expected.zero_shares;
        } else if (orders_.contains(reference)) {
            ++expected.duplicate_reference;
        } else if (!fits(order)) {
            ++expected.levels_over_capacity;
        } else {
            orders_[reference] = order;
            ++expected.replaces;
        }
    }

    bool known(std::span<const std::byte> m, std::uint16_t locate) {
        const auto found = orders_.find(field(m, 11, 8));
        if (found == orders_.end()) {
            ++expected.unknown_reference;
            return false;
        }
        if (found->second.locate != locate) ++expected.locate_mismatch;
        return true;
    }

    // Whether a level exists for this order, or one more is allowed.
    bool fits(const Order& order) const {
        if (orders_.size() < limits_.levels) return true;  // each level has an order
        const auto levels = all_levels();
        return levels.contains({order.locate, order.side, order.price}) ||
               levels.size() < limits_.levels;
    }

    std::map<Place, Level> all_levels() const {
        std::map<Place, Level> levels;
        for (const auto& [reference, order] : orders_) {
            Level& level = levels[{order.locate, order.side, order.price}];
            level.price = order.price;
            level.shares += order.shares;
            ++level.orders;
        }
        return levels;
    }

    // Best first.
    static std::vector<Level> side_levels(const std::map<Place, Level>& levels,
                                          std::uint16_t locate, Side side) {
        std::vector<Level> result;
        const auto from = levels.lower_bound({locate, side, 0});
        const auto to = levels.upper_bound({locate, side, ~std::uint32_t{0}});
        for (auto i = from; i != to; ++i) {
            result.push_back(i->second);
        }
        if (side == Side::bid) return {result.rbegin(), result.rend()};
        return result;
    }

    BookLimits limits_;
    std::map<std::uint64_t, Order> orders_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace rxlab::book::test
