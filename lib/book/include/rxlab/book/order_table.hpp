// SPDX-License-Identifier: MIT
//
// The live orders by reference number: an open-addressing hash table with linear probing, at most
// half full, of fixed size. Deleting moves later entries of the cluster back instead of leaving a
// tombstone (Knuth, TAOCP vol. 3, 6.4, algorithm R), so a table that has seen a whole day's orders
// is as fast as a new one. A slot is 16 bytes, four to a cache line, and four references that
// follow each other share a line: an exchange hands them out in order, so the orders that come and
// go quickly stay together in the cache. Pointers into it are valid until the next insert or erase.
// One thread.
#pragma once

#include <rxlab/book/page_array.hpp>

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace rxlab::book {

struct OrderSlot {
    std::uint64_t reference = 0;
    std::uint32_t shares = 0;  // a live order has some: 0 marks a free slot
    std::uint32_t link = 0;    // where the rest is: the owner's business
};
static_assert(sizeof(OrderSlot) == 16);

class OrderTable {
  public:
    explicit OrderTable(std::size_t capacity)
        : slots_{std::bit_ceil(capacity < kGroup ? 2 * kGroup : capacity * 2), "orders"},
          mask_{slots_.size() - 1},
          shift_{64 - std::countr_zero(slots_.size() / kGroup)},
          capacity_{capacity} {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool full() const noexcept { return size_ == capacity_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return slots_.memory_bytes(); }

    // The slot of a live reference, or the free slot (no shares) where it would go.
    [[nodiscard]] OrderSlot* find(std::uint64_t reference) noexcept {
        std::size_t i = home(reference);
        while (slots_[i].shares != 0 && slots_[i].reference != reference) {
            i = (i + 1) & mask_;
        }
        return &slots_[i];
    }

    // `at` is what find() returned for this reference, free; `shares` is not 0, the table not full.
    void insert(OrderSlot* at, const OrderSlot& order) noexcept {
        assert(order.shares != 0 && at->shares == 0 && !full());
        *at = order;
        ++size_;
    }

    // `order` must point at a live order of this table.
    void erase(OrderSlot* order) noexcept {
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

    // The slot where a reference is if nothing is in its way. For prefetching: whose it is, and
    // whether it is free, is not looked at.
    [[nodiscard]] const OrderSlot& guess(std::uint64_t reference) const noexcept {
        return slots_[home(reference)];
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (const OrderSlot& slot : slots_) {
            if (slot.shares != 0) visitor(slot);
        }
    }

  private:
    static constexpr std::size_t kGroup = 4;  // slots to a cache line

    // Both halves of a multiplication by 2^64 / golden ratio, folded: groups that follow each other
    // land far apart, and no regular distance between references makes them meet.
    [[nodiscard]] std::size_t home(std::uint64_t reference) const noexcept {
        __extension__ using Uint128 = unsigned __int128;
        const Uint128 product = Uint128{reference / kGroup} * 0x9e3779b97f4a7c15U;
        const auto folded =
            static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
        return static_cast<std::size_t>(folded >> shift_) * kGroup + reference % kGroup;
    }

    PageArray<OrderSlot> slots_;
    std::size_t mask_;
    int shift_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
