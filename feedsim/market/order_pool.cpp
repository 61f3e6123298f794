// SPDX-License-Identifier: MIT
#include "feedsim/market/order_pool.hpp"

namespace rxlab::feedsim {

namespace {
constexpr std::uint32_t kRingMask = OrderPool::kRecentOrders - 1;
}  // namespace

OrderPool::OrderPool(std::size_t live_orders_expected) : ring_(kRecentOrders) {
    old_.resize(live_orders_expected);  // touches the pages, so that no page fault comes later
    old_.clear();
}

void OrderPool::add(const Order& order) {
    Order& slot = ring_[issued_++ & kRingMask];
    if (slot.shares != 0) {
        old_.push_back(slot);
    } else {
        ++recent_live_;
    }
    slot = order;
}

void OrderPool::remove(Handle handle) noexcept {
    if (handle.recent) {
        ring_[handle.index].shares = 0;
        --recent_live_;
    } else {
        old_[handle.index] = old_.back();
        old_.pop_back();
    }
}

OrderPool::Handle OrderPool::pick_recent(Random& random) const noexcept {
    constexpr int kTriesMax = 16;
    for (int i = 0; i < kTriesMax; ++i) {
        const std::uint32_t distance = random.exponential(kRecentDistanceMean);
        if (distance >= ring_used()) continue;
        const auto index = static_cast<std::uint32_t>(issued_ - 1 - distance) & kRingMask;
        if (ring_[index].shares != 0) return {index, true};
    }
    return pick_uniform(random);
}

OrderPool::Handle OrderPool::pick_uniform(Random& random) const noexcept {
    const std::uint32_t rank = random.below(static_cast<std::uint32_t>(size()));
    if (rank < old_.size()) return {rank, false};
    // About one ring slot in three is alive. Walking on after many draws only bounds the worst
    // case; it is so rare that its bias does not matter.
    constexpr int kTriesMax = 64;
    std::uint32_t index = 0;
    for (int i = 0; i < kTriesMax; ++i) {
        index = random.below(ring_used());
        if (ring_[index].shares != 0) return {index, true};
    }
    while (ring_[index].shares == 0)
        index = (index + 1) & kRingMask;
    return {index, true};
}

}  // namespace rxlab::feedsim
