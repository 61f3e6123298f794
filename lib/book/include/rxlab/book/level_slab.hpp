// SPDX-License-Identifier: MIT
//
// Storage for the sorted price arrays of all symbols: one slab, handed out in blocks of 16, 32,
// 64, … entries by a binary buddy allocator (Knuth, TAOCP vol. 1, 2.5), so that memory which one
// symbol gives back can serve any other. Everything is allocated by the constructor; take, give and
// shrink are O(log) and never allocate. A block of class c has 16 << c entries and starts at a
// cache line. One thread.
#pragma once

#include <rxlab/book/page_array.hpp>

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace rxlab::book {

// A price key in the upper half, the number of its level in the lower: entries sort by price.
using LevelEntry = std::int64_t;
inline constexpr std::uint32_t kNoLevel = ~0U;

[[nodiscard]] constexpr LevelEntry level_entry(std::int32_t key, std::uint32_t number) noexcept {
    return LevelEntry{key} * (LevelEntry{1} << 32) | number;
}
// Above no entry.
inline constexpr LevelEntry kBlankEntry =
    level_entry(std::numeric_limits<std::int32_t>::min(), kNoLevel);

class LevelSlab {
  public:
    static constexpr std::uint32_t kUnitEntries = 16;  // two cache lines

    // Belongs to nobody and is never written: blank entries for who has none of his own.
    static constexpr std::uint32_t kBlankUnit = 0;

    // Room for `units` (rounded up to a power of two, at most 2^27) times sixteen entries.
    explicit LevelSlab(std::size_t units);

    // Number of the first unit of a block, 1 or more; nothing where no block of that size is left.
    [[nodiscard]] std::optional<std::uint32_t> take(unsigned block_class) noexcept;
    void give(std::uint32_t unit, unsigned block_class) noexcept;
    // Gives the upper half of a block back; the lower half stays where it is.
    void shrink(std::uint32_t unit, unsigned block_class) noexcept {
        assert(block_class > 0);
        give(unit + (1U << (block_class - 1)), block_class - 1);
    }

    [[nodiscard]] LevelEntry* entries(std::uint32_t unit) noexcept { return units_[unit].data(); }
    [[nodiscard]] const LevelEntry* entries(std::uint32_t unit) const noexcept {
        return units_[unit].data();
    }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return units_.memory_bytes() + links_.memory_bytes();
    }

    [[nodiscard]] static constexpr std::uint32_t entries_of(unsigned block_class) noexcept {
        return kUnitEntries << block_class;
    }

  private:
    using Unit = std::array<LevelEntry, kUnitEntries>;
    static constexpr std::uint32_t kNone = ~0U;  // no unit, no class

    // Of the unit that starts a free block: its neighbours in the free list of its class.
    struct Links {
        std::uint32_t next = kNone;
        std::uint32_t previous = kNone;
        std::uint32_t free_class = kNone;  // kNone: no free block starts here
    };

    void push(std::uint32_t unit, unsigned block_class) noexcept;
    void unlink(std::uint32_t unit, unsigned block_class) noexcept;

    // Where its buddy is follows from a unit's number less one.
    PageArray<Unit> units_;
    PageArray<Links> links_;
    std::array<std::uint32_t, 32> first_;  // free list of each class
    std::uint32_t nonempty_ = 0;           // bit c: class c has a free block
};

}  // namespace rxlab::book
