// SPDX-License-Identifier: MIT
//
// The live orders by reference number: an open-addressing hash table with linear probing, at most
// half full, of fixed size. Deleting moves later entries of the cluster back instead of leaving a
// tombstone (Knuth, TAOCP vol. 3, 6.4, algorithm R), so a table that has seen a whole day's orders
// is as fast as a new one. Pointers into it are valid until the next insert or erase. One thread.
#pragma once

#include <rxlab/book/page_array.hpp>
#include <rxlab/book/types.hpp>

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace rxlab::book {

struct Order {
    std::uint64_t reference = 0;
    std::uint32_t price = 0;
    std::uint32_t shares = 0;  // a live order has some: 0 marks a free slot
    std::uint16_t locate = 0;
    Side side = Side::bid;
};
static_assert(sizeof(Order) == 24);

class OrderTable {
  public:
    explicit OrderTable(std::size_t capacity)
        : slots_{std::bit_ceil(capacity * 2), "orders"},
          mask_{slots_.size() - 1},
          shift_{64 - std::countr_zero(slots_.size())},
          capacity_{capacity} {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool full() const noexcept { return size_ == capacity_; }

    // Null where no order of this reference is alive.
    [[nodiscard]] Order* find(std::uint64_t reference) noexcept {
        Order& slot = slots_[probe(reference)];
        return slot.shares != 0 ? &slot : nullptr;
    }

    // The order must have shares, its reference must not be alive and the table must not be full.
    void insert(const Order& order) noexcept {
        assert(order.shares != 0 && !full());
        Order& slot = slots_[probe(order.reference)];
        assert(slot.shares == 0);
        slot = order;
        ++size_;
    }

    // `order` must point at a live order of this table.
    void erase(Order* order) noexcept {
        auto hole = static_cast<std::size_t>(order - slots_.begin());
        for (std::size_t i = (hole + 1) & mask_; slots_[i].shares != 0; i = (i + 1) & mask_) {
            // An entry may move back to the hole if it stays at or behind its home slot.
            const std::size_t distance = (i - home(slots_[i].reference)) & mask_;
            if (distance >= ((i - hole) & mask_)) {
                slots_[hole] = slots_[i];
                hole = i;
            }
        }
        slots_[hole].shares = 0;
        --size_;
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (const Order& slot : slots_) {
            if (slot.shares != 0) visitor(slot);
        }
    }

  private:
    // Multiplicative hashing by 2^64 / golden ratio: neighbouring reference numbers, which is what
    // an exchange hands out, land far apart.
    [[nodiscard]] std::size_t home(std::uint64_t reference) const noexcept {
        return static_cast<std::size_t>(reference * 0x9e3779b97f4a7c15U >> shift_);
    }

    // The slot of a live reference, or the free slot where it would go.
    [[nodiscard]] std::size_t probe(std::uint64_t reference) const noexcept {
        std::size_t i = home(reference);
        while (slots_[i].shares != 0 && slots_[i].reference != reference) {
            i = (i + 1) & mask_;
        }
        return i;
    }

    PageArray<Order> slots_;
    std::size_t mask_;
    int shift_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
