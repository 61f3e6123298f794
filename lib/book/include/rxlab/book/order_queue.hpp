// SPDX-License-Identifier: MIT
//
// The queues of a FIFO book: the orders of a price, linked both ways in order of arrival. The links
// are in the orders' own slots, the ends in their level. Stateless functions.
#pragma once

#include <rxlab/book/level_pool.hpp>
#include <rxlab/book/order_table.hpp>

#include <cstdint>
#include <span>

namespace rxlab::book {

// An order as it stands in the queue of its price.
struct QueuedOrder {
    std::uint64_t reference = 0;
    std::uint32_t shares = 0;
    friend bool operator==(const QueuedOrder&, const QueuedOrder&) = default;
};

namespace order_queue {

using Orders = OrderTable<QueuedOrderSlot>;
inline constexpr std::uint32_t kNobody = QueuedOrderSlot::kNobody;

inline void push_back(Orders& orders, QueuedLevelRecord& level, QueuedOrderSlot& order) noexcept {
    const std::uint32_t index = orders.index_of(order);
    order.next = kNobody;
    order.previous = level.last;
    (level.last == kNobody ? level.first : orders[level.last].next) = index;
    level.last = index;
}

inline void remove(Orders& orders, QueuedLevelRecord& level,
                   const QueuedOrderSlot& order) noexcept {
    (order.previous == kNobody ? level.first : orders[order.previous].next) = order.next;
    (order.next == kNobody ? level.last : orders[order.next].previous) = order.previous;
}

// The first out.size() of a level, in order.
inline void read(const Orders& orders, const QueuedLevelRecord& level,
                 std::span<QueuedOrder> out) noexcept {
    std::uint32_t index = level.first;
    for (QueuedOrder& order : out) {
        if (index == kNobody) return;
        order = {orders[index].reference, orders[index].shares};
        index = orders[index].next;
    }
}

}  // namespace order_queue

}  // namespace rxlab::book
