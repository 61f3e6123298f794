// SPDX-License-Identifier: MIT
//
// The live orders of a synthetic market, and the choice of the one that the next cancel, execution
// or replace is about: most are recent, the rest are uniform over all. Every operation takes
// constant time and, after construction, none allocates: the newest 32,768 orders issued, including
// dead ones, sit in a ring by age; a live order that falls off its end moves to an unordered array
// without holes. The choice by age needs only the ring: its distances are exponential with a mean
// of 5,000 orders, of which 0.14% lie beyond the ring. As newer orders are more likely to be alive,
// the chosen orders lie about 2,000 back on average. Threading: belongs to one thread.
#pragma once

#include "feedsim/market/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rxlab::feedsim {

struct Order {
    std::uint64_t reference = 0;
    std::uint32_t price_ticks = 0;
    std::uint32_t shares = 0;  // left; 0: dead
    std::uint16_t locate = 0;
    char side = 'B';
};

class OrderPool {
  public:
    static constexpr std::uint32_t kRecentOrders = 1U << 15;
    static constexpr std::uint32_t kRecentDistanceMean = 5'000;

    // Where an order is; valid until the next add or remove.
    struct Handle {
        std::uint32_t index;
        bool recent;
    };

    // Allocates and touches room for this many live orders now. The pool grows beyond that if it
    // must, but then an add allocates.
    explicit OrderPool(std::size_t live_orders_expected);

    [[nodiscard]] std::size_t size() const noexcept { return old_.size() + recent_live_; }
    [[nodiscard]] Order& at(Handle handle) noexcept {
        return handle.recent ? ring_[handle.index] : old_[handle.index];
    }

    // `order` must have shares.
    void add(const Order& order);
    void remove(Handle handle) noexcept;

    // A live order, exponentially near the newest issued; the pool must hold at least one.
    [[nodiscard]] Handle pick_recent(Random& random) const noexcept;
    // A live order, all equally likely; the pool must hold at least one.
    [[nodiscard]] Handle pick_uniform(Random& random) const noexcept;

  private:
    [[nodiscard]] std::uint32_t ring_used() const noexcept {
        return issued_ < kRecentOrders ? static_cast<std::uint32_t>(issued_) : kRecentOrders;
    }

    std::vector<Order> ring_;
    std::vector<Order> old_;
    std::uint64_t issued_ = 0;
    std::uint32_t recent_live_ = 0;
};

}  // namespace rxlab::feedsim
