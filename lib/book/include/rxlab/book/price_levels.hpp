// SPDX-License-Identifier: MIT
//
// The price levels of one side of one symbol in order of price: a contiguous array of entries
// (price key and number of the level), the best at the back. Most messages touch the best few
// prices, so the search starts there and an insert or erase there moves almost nothing. The level
// itself lives elsewhere and stays where it is, so that an order can hold its number. The array
// lives in a LevelSlab that all sides share; it doubles when it is full and halves when it is three
// quarters empty. One thread.
#pragma once

#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/types.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace rxlab::book {

// Bids rise and asks fall towards the back. Flipping an ask's bits makes both rise, so that one
// comparison serves both sides. Its own inverse.
[[nodiscard]] constexpr std::uint32_t price_key(Side side, std::uint32_t price) noexcept {
    return side == Side::bid ? price : ~price;
}

class PriceLevels {
  public:
    static constexpr std::uint32_t kNone = ~0U;

    [[nodiscard]] std::uint32_t size() const noexcept { return count_; }

    // Number of the best level; kNone where there is none.
    [[nodiscard]] std::uint32_t best() const noexcept { return best_; }

    // Number of a level; `rank` 0 is the best.
    [[nodiscard]] std::uint32_t from_best(const LevelSlab& slab, std::size_t rank) const noexcept {
        assert(rank < count_);
        return number_of(slab.entries(unit_)[count_ - 1 - rank]);
    }

    // Number of the level of this key, or kNone.
    [[nodiscard]] std::uint32_t find(const LevelSlab& slab, std::uint32_t key) const noexcept {
        if (count_ == 0) return kNone;
        const LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t end = upper_bound(entries, key);
        return end > 0 && key_of(entries[end - 1]) == key ? number_of(entries[end - 1]) : kNone;
    }

    // Adds a level of a key that is not there yet; false where the slab has no room.
    [[nodiscard]] bool insert(LevelSlab& slab, std::uint32_t key, std::uint32_t number) noexcept {
        if (count_ == capacity() && !grow(slab)) return false;
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t at = upper_bound(entries, key);
        std::copy_backward(entries + at, entries + count_, entries + count_ + 1);
        entries[at] = LevelEntry{key} << 32 | number;
        ++count_;
        best_ = number_of(entries[count_ - 1]);
        return true;
    }

    // The key must be there.
    void erase(LevelSlab& slab, std::uint32_t key) noexcept {
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t end = upper_bound(entries, key);
        assert(end > 0 && key_of(entries[end - 1]) == key);
        std::copy(entries + end, entries + count_, entries + end - 1);
        entries[--count_] = 0;
        best_ = count_ > 0 ? number_of(entries[count_ - 1]) : kNone;
        if (count_ * 4 <= capacity()) give_back(slab);
    }

    // The best entries. For prefetching.
    [[nodiscard]] const LevelEntry* back(const LevelSlab& slab) const noexcept {
        return slab.entries(unit_) + count_ - (count_ > 0 ? 1 : 0);
    }

  private:
    // How many of the best levels are compared at once, without a branch, before the others.
    static constexpr std::uint32_t kBest = LevelSlab::kUnitLevels;

    [[nodiscard]] static std::uint32_t key_of(LevelEntry entry) noexcept {
        return static_cast<std::uint32_t>(entry >> 32);
    }
    [[nodiscard]] static std::uint32_t number_of(LevelEntry entry) noexcept {
        return static_cast<std::uint32_t>(entry);
    }
    [[nodiscard]] std::uint32_t capacity() const noexcept {
        return block_ == 0 ? 0 : LevelSlab::entries_of(block_ - 1U);
    }

    // Index behind the last level whose key is not above `key`. Of a block with fewer than kBest
    // levels all kBest entries are compared: those behind the last are 0, which is above nothing.
    [[nodiscard]] std::uint32_t upper_bound(const LevelEntry* entries,
                                            std::uint32_t key) const noexcept {
        const LevelEntry bound = LevelEntry{key} << 32 | 0xffff'ffffU;
        std::uint32_t base = count_ > kBest ? count_ - kBest : 0;
        std::uint32_t above = 0;
        for (std::uint32_t i = 0; i < kBest; ++i) {
            above += entries[base + i] > bound ? 1U : 0U;
        }
        if (above < kBest || base == 0) [[likely]]
            return count_ - above;
        return halve(entries, base, bound);
    }

    // Binary search among the first `count` (1 or more) that computes where others would branch.
    [[nodiscard]] static std::uint32_t halve(const LevelEntry* entries, std::uint32_t count,
                                             LevelEntry bound) noexcept {
        const LevelEntry* from = entries;
        while (count > 1) {
            const std::uint32_t half = count / 2;
            from += from[half - 1] <= bound ? half : 0;
            count -= half;
        }
        return static_cast<std::uint32_t>(from - entries) + (*from <= bound ? 1U : 0U);
    }

    [[nodiscard]] bool grow(LevelSlab& slab) noexcept;
    void give_back(LevelSlab& slab) noexcept;

    std::uint32_t unit_ = 0;   // first unit of the block
    std::uint32_t count_ = 0;  // levels in use
    std::uint32_t block_ = 0;  // class of the block plus one; 0: no block
    std::uint32_t best_ = kNone;
};
static_assert(sizeof(PriceLevels) == 16);

}  // namespace rxlab::book
