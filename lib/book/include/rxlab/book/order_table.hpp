// SPDX-License-Identifier: MIT
//
// The live orders by reference number: an open-addressing hash table with linear probing, at most
// half full, of fixed size. An order never moves, so others may know it by its index. Each slot
// counts the orders that had to pass it on the way to their own; a search ends at a slot that
// nobody has passed, and deleting takes the counts back, so a table that has seen a whole day's
// orders is as fast as a new one. Four references that follow each other lie side by side: an
// exchange hands them out in order, so the orders that come and go quickly stay together in the
// cache. Pointers into the table are valid as long as it is. One thread.
#pragma once

#include <rxlab/book/page_array.hpp>
#include <rxlab/book/prefetch.hpp>

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace rxlab::book {

// Four to a cache line.
struct OrderSlot {
    static constexpr std::uint32_t kPassedMax = 31;

    std::uint64_t reference = 0;
    std::uint32_t shares = 0;      // a live order has some: 0 marks a free slot
    std::uint32_t level : 27 = 0;  // number of its price level
    // How many live orders have passed this slot, be it free or not. Where there are too many to
    // count, it stays as it is: a search then goes on where it need not.
    std::uint32_t passed : 5 = 0;
};
static_assert(sizeof(OrderSlot) == 16);

// With the neighbours in the queue of its price, for a FIFO book. Two to a cache line.
struct alignas(32) QueuedOrderSlot : OrderSlot {
    static constexpr std::uint32_t kNobody = ~0U;

    std::uint32_t next = kNobody;  // index of the order behind it
    std::uint32_t previous = kNobody;
};
static_assert(sizeof(QueuedOrderSlot) == 32);

template <typename Slot>
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

    // The slot of a live reference; nullptr where there is none.
    [[nodiscard]] Slot* find(std::uint64_t reference, std::size_t home_slot) noexcept {
        std::size_t i = home_slot;
        do {
            Slot& slot = slots_[i];
            if (slot.reference == reference && slot.shares != 0) return &slot;
            if (slot.passed == 0) [[likely]]
                return nullptr;
            i = (i + 1) & mask_;
        } while (i != home_slot);
        return nullptr;
    }

    // The reference must not be there, `shares` not be 0, the table not be full.
    Slot& insert(std::size_t home_slot, std::uint64_t reference, std::uint32_t shares,
                 std::uint32_t level) noexcept {
        assert(shares != 0 && !full());
        std::size_t i = home_slot;
        while (slots_[i].shares != 0) {
            if (slots_[i].passed < OrderSlot::kPassedMax) ++slots_[i].passed;
            i = (i + 1) & mask_;
        }
        Slot& slot = slots_[i];
        slot.reference = reference;
        slot.shares = shares;
        slot.level = level & kLevelMask;
        ++size_;
        // An exchange hands out references one after the other, so the next ones are known.
        prefetch(&slots_[home(reference + kGroup)]);
        return slot;
    }

    // `order` must be a live order of this table, `home_slot` that of its reference.
    void erase(Slot& order, std::size_t home_slot) noexcept {
        for (std::size_t i = home_slot; &slots_[i] != &order; i = (i + 1) & mask_)
            [[unlikely]] {
                if (slots_[i].passed < OrderSlot::kPassedMax) --slots_[i].passed;
            }
        order.shares = 0;
        --size_;
    }

    // Free slots are not written: most are, and reading is cheaper.
    void clear() noexcept {
        for (Slot& slot : slots_) {
            if (slot.shares != 0 || slot.passed != 0) slot = {};
        }
        size_ = 0;
    }

    // For prefetching: whose the slot is, and whether it is free, is not looked at.
    [[nodiscard]] const Slot& at_home(std::size_t home_slot) const noexcept {
        return slots_[home_slot];
    }

    [[nodiscard]] std::uint32_t index_of(const Slot& slot) const noexcept {
        return static_cast<std::uint32_t>(&slot - slots_.begin());
    }
    [[nodiscard]] Slot& operator[](std::uint32_t index) noexcept { return slots_[index]; }
    [[nodiscard]] const Slot& operator[](std::uint32_t index) const noexcept {
        return slots_[index];
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        for (const Slot& slot : slots_) {
            if (slot.shares != 0) visitor(slot);
        }
    }

  private:
    static constexpr std::size_t kGroup = 4;  // references side by side
    static constexpr std::uint32_t kLevelMask = (1U << 27) - 1;

    PageArray<Slot> slots_;
    std::size_t mask_;
    int shift_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace rxlab::book
