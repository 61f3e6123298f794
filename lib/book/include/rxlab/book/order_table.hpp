// SPDX-License-Identifier: MIT
//
// The live orders by reference number: an open-addressing hash table with linear probing, at most
// half full, of fixed size. Deleting moves later entries of the cluster back instead of leaving a
// tombstone (Knuth, TAOCP vol. 3, 6.4, algorithm R), so a table that has seen a whole day's orders
// is as fast as a new one; a bit in each slot says whether any later entry has passed it on the way
// to its own, so that deleting most orders is clearing a slot. A slot is 16 bytes, four to a cache
// line, and four references that follow each other share a line: an exchange hands them out in
// order, so the orders that come and go quickly stay together in the cache. Pointers into it are
// valid until the next insert or erase. One thread.
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

    // Where the rest of the order is, below 2^31: the owner's business.
    [[nodiscard]] std::uint32_t link() const noexcept { return link_and_passed & ~kPassed; }

    static constexpr std::uint32_t kPassed = std::uint32_t{1} << 31;
    std::uint32_t link_and_passed = 0;
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

    // Where a reference is if nothing is in its way: computed ahead, it need not be again.
    [[nodiscard]] std::size_t home(std::uint64_t reference) const noexcept {
        // Both halves of a multiplication by 2^64 / golden ratio, folded: groups that follow each
        // other land far apart, and no regular distance between references makes them meet.
        __extension__ using Uint128 = unsigned __int128;
        const Uint128 product = Uint128{reference / kGroup} * 0x9e3779b97f4a7c15U;
        const auto folded =
            static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
        return static_cast<std::size_t>(folded >> shift_) * kGroup + reference % kGroup;
    }

    // The slot of a live reference, or the free slot (no shares) where it would go.
    [[nodiscard]] OrderSlot* find(std::uint64_t reference, std::size_t home_slot) noexcept {
        std::size_t i = home_slot;
        while (slots_[i].shares != 0 && slots_[i].reference != reference) {
            i = (i + 1) & mask_;
        }
        return &slots_[i];
    }
    [[nodiscard]] OrderSlot* find(std::uint64_t reference) noexcept {
        return find(reference, home(reference));
    }

    // `at` is what find() returned for this reference, free; `shares` is not 0, the table not full.
    void insert(OrderSlot* at, std::size_t home_slot, std::uint64_t reference, std::uint32_t shares,
                std::uint32_t link) noexcept {
        assert(shares != 0 && at->shares == 0 && link < OrderSlot::kPassed && !full());
        for (std::size_t i = home_slot; &slots_[i] != at; i = (i + 1) & mask_)
            [[unlikely]] {
                slots_[i].link_and_passed |= OrderSlot::kPassed;
            }
        *at = {reference, shares, link};
        ++size_;
    }

    // `order` must point at a live order of this table.
    void erase(OrderSlot* order) noexcept {
        if ((order->link_and_passed & OrderSlot::kPassed) != 0) [[unlikely]] {
            order = close_gap(order);
        }
        order->shares = 0;
        order->link_and_passed = 0;
        --size_;
    }

    // Free slots are not written: most are, and reading is cheaper.
    void clear() noexcept {
        for (OrderSlot& slot : slots_) {
            if (slot.shares != 0) slot = {};
        }
        size_ = 0;
    }

    // For prefetching: whose the slot is, and whether it is free, is not looked at.
    [[nodiscard]] const OrderSlot& at_home(std::size_t home_slot) const noexcept {
        return slots_[home_slot];
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (const OrderSlot& slot : slots_) {
            if (slot.shares != 0) visitor(slot);
        }
    }

  private:
    static constexpr std::size_t kGroup = 4;  // slots to a cache line

    // Moves back what may stand at the slot of `order`, and what may stand at that one's; returns
    // the slot that is left over. A mark stays with its slot, so it may outlive its reason; it goes
    // when the slot is free, which no entry passes.
    [[nodiscard]] OrderSlot* close_gap(OrderSlot* order) noexcept {
        auto hole = static_cast<std::size_t>(order - slots_.begin());
        for (std::size_t i = (hole + 1) & mask_; slots_[i].shares != 0; i = (i + 1) & mask_) {
            // An entry may move back to the hole if it stays at or behind its home slot.
            const std::size_t distance = (i - home(slots_[i].reference)) & mask_;
            if (distance < ((i - hole) & mask_)) continue;
            const std::uint32_t mark = slots_[hole].link_and_passed & OrderSlot::kPassed;
            slots_[hole] = {slots_[i].reference, slots_[i].shares, slots_[i].link() | mark};
            hole = i;
        }
        return &slots_[hole];
    }

    PageArray<OrderSlot> slots_;
    std::size_t mask_;
    int shift_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
