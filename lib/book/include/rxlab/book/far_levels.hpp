// SPDX-License-Identifier: MIT
//
// The price levels of one side of one symbol that are far from the best price, in order of price:
// a contiguous array of entries, the best at the back. It lives in a LevelSlab that all sides
// share; it doubles when it is full and halves when an eighth of it is in use. One thread.
#pragma once

#include <rxlab/book/level_slab.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::book {

class FarLevels {
  public:
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

    // The best entry; blank where there is none.
    [[nodiscard]] LevelEntry back(const LevelSlab& slab) const noexcept {
        return size_ == 0 ? kBlankEntry : slab.entries(unit_)[size_ - 1];
    }
    // `rank` 0 is the best of them.
    [[nodiscard]] LevelEntry from_best(const LevelSlab& slab, std::size_t rank) const noexcept {
        assert(rank < size());
        return slab.entries(unit_)[size_ - 1 - rank];
    }

    // Number of a key's level; kNoLevel where there is none.
    [[nodiscard]] std::uint32_t find(const LevelSlab& slab, std::int32_t key) const noexcept {
        const std::uint32_t index = upper_bound(slab, last_entry(key));
        if (index == 0) return kNoLevel;
        const LevelEntry below = slab.entries(unit_)[index - 1];
        return key_of(below) == key ? number_of(below) : kNoLevel;
    }

    // Makes room for `count` more; false, and nothing has changed, where the slab has none.
    [[nodiscard]] bool reserve(LevelSlab& slab, std::uint32_t count) noexcept {
        assert(count <= LevelSlab::kUnitEntries);
        return size_ + count <= capacity() || grow(slab);
    }
    // There must be room. The key must not be there yet.
    void insert(LevelSlab& slab, LevelEntry entry) noexcept {
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t index = upper_bound(slab, entry);
        std::copy_backward(entries + index, entries + size_, entries + size_ + 1);
        entries[index] = entry;
        ++size_;
    }
    // The key must be there.
    void erase(LevelSlab& slab, std::int32_t key) noexcept {
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t index = upper_bound(slab, last_entry(key)) - 1;
        assert(key_of(entries[index]) == key);
        std::copy(entries + index + 1, entries + size_, entries + index);
        --size_;
        give_back(slab);
    }
    // Adds entries that are better than all, the worst first. There must be room.
    void append(LevelSlab& slab, std::span<const LevelEntry> better) noexcept {
        std::ranges::copy(better, slab.entries(unit_) + size_);
        size_ += static_cast<std::uint32_t>(better.size());
    }
    // Takes the best entries out, the worst of them first; there must be as many.
    void take(LevelSlab& slab, std::span<LevelEntry> best) noexcept {
        size_ -= static_cast<std::uint32_t>(best.size());
        std::copy_n(slab.entries(unit_) + size_, best.size(), best.begin());
        give_back(slab);
    }

    // Gives its memory back: as new.
    void clear(LevelSlab& slab) noexcept {
        if (blocks_ != 0) slab.give(unit_, block_class());
        *this = {};
    }

  private:
    static constexpr std::uint32_t kUnitMask = (1U << 27) - 1;

    // How many entries are not above `bound`: a binary search that computes where others would
    // branch.
    [[nodiscard]] std::uint32_t upper_bound(const LevelSlab& slab,
                                            LevelEntry bound) const noexcept {
        if (size_ == 0) return 0;
        const LevelEntry* const entries = slab.entries(unit_);
        const LevelEntry* from = entries;
        std::uint32_t count = size_;
        while (count > 1) {
            const std::uint32_t half = count / 2;
            // A mask, because of a condition g++ makes a branch.
            from += half & (0U - static_cast<std::uint32_t>(from[half - 1] <= bound));
            count -= half;
        }
        return static_cast<std::uint32_t>(from - entries) + (*from <= bound ? 1U : 0U);
    }

    [[nodiscard]] std::uint32_t capacity() const noexcept {
        return blocks_ == 0 ? 0 : LevelSlab::entries_of(block_class());
    }
    [[nodiscard]] unsigned block_class() const noexcept { return blocks_ - 1U; }
    [[nodiscard]] bool grow(LevelSlab& slab) noexcept;
    // Where an eighth of a block is in use, and of the smallest nothing.
    void give_back(LevelSlab& slab) noexcept {
        if (size_ < capacity() / 8) [[unlikely]]
            shrink(slab);
    }
    void shrink(LevelSlab& slab) noexcept;

    std::uint32_t unit_ : 27 = 0;   // first unit of the block
    std::uint32_t blocks_ : 5 = 0;  // one more than its class; 0: there is none
    std::uint32_t size_ = 0;
};
static_assert(sizeof(FarLevels) == 8);

}  // namespace rxlab::book
