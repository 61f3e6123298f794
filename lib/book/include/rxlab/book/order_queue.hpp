// SPDX-License-Identifier: MIT
//
// The queues of a FIFO book: one 32-byte node an order, linked both ways in order of arrival; its
// level holds the ends. Fixed size, allocated by the constructor; freed nodes are used again first,
// while they are in the cache. Node 0 stands for "none". One thread.
#pragma once

#include <rxlab/book/level_pool.hpp>
#include <rxlab/book/page_array.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::book {

// An order as it stands in the queue of its price.
struct QueuedOrder {
    std::uint64_t reference = 0;
    std::uint32_t shares = 0;
    friend bool operator==(const QueuedOrder&, const QueuedOrder&) = default;
};

struct alignas(32) OrderNode {
    std::uint64_t reference = 0;
    std::uint32_t shares = 0;
    std::uint32_t level = 0;
    std::uint32_t next = 0;  // of a free node: the next free one
    std::uint32_t previous = 0;
};
static_assert(sizeof(OrderNode) == 32);

class OrderQueue {
  public:
    explicit OrderQueue(std::size_t capacity) : nodes_{capacity + 1, "queues"} { clear(); }

    // As new.
    void clear() noexcept {
        for (std::size_t i = 0; i + 1 < nodes_.size(); ++i) {
            nodes_[i].next = static_cast<std::uint32_t>(i + 1);
        }
        free_ = 1;
    }

    // Number of the new node. There must be fewer nodes than the capacity.
    [[nodiscard]] std::uint32_t push_back(LevelRecord& level, std::uint32_t level_number,
                                          std::uint64_t reference, std::uint32_t shares) noexcept {
        const std::uint32_t number = free_;
        OrderNode& node = nodes_[number];
        free_ = node.next;
        node = {reference, shares, level_number, 0, level.last};
        (level.last == 0 ? level.first : nodes_[level.last].next) = number;
        level.last = number;
        return number;
    }

    void remove(LevelRecord& level, std::uint32_t number) noexcept {
        OrderNode& node = nodes_[number];
        (node.previous == 0 ? level.first : nodes_[node.previous].next) = node.next;
        (node.next == 0 ? level.last : nodes_[node.next].previous) = node.previous;
        node.next = free_;
        free_ = number;
    }

    // The first out.size() of a level, in order.
    void read(const LevelRecord& level, std::span<QueuedOrder> out) const noexcept {
        std::uint32_t number = level.first;
        for (QueuedOrder& order : out) {
            if (number == 0) return;
            order = {nodes_[number].reference, nodes_[number].shares};
            number = nodes_[number].next;
        }
    }

    [[nodiscard]] OrderNode& operator[](std::uint32_t number) noexcept { return nodes_[number]; }
    [[nodiscard]] const OrderNode& operator[](std::uint32_t number) const noexcept {
        return nodes_[number];
    }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return nodes_.memory_bytes(); }

  private:
    PageArray<OrderNode> nodes_;
    std::uint32_t free_ = 1;
};

// In its place where orders have no queue.
struct NoQueue {
    explicit NoQueue(std::size_t) noexcept {}
    static void clear() noexcept {}
    [[nodiscard]] static std::size_t memory_bytes() noexcept { return 0; }
};

}  // namespace rxlab::book
