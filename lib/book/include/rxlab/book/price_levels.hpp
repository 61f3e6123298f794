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
#include <bit>
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

    // Where a key is, or would be.
    struct Found {
        std::uint32_t number;  // kNone: nowhere
        std::uint32_t rank;    // for insert()
    };
    [[nodiscard]] Found find(const LevelSlab& slab, std::uint32_t key) const noexcept {
        if (count_ == 0) return {kNone, 0};
        const LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t end = upper_bound(entries, key);
        const LevelEntry entry = entries[end - (end > 0 ? 1U : 0U)];
        const bool is_there = (key_of(entry) == key) & (end > 0);
        return {number_of(entry) | (static_cast<std::uint32_t>(is_there) - 1), end};
    }

    // Adds a level of a key that is not there yet, where find() said; false where the slab has no
    // room.
    [[nodiscard]] bool insert(LevelSlab& slab, Found found, std::uint32_t key,
                              std::uint32_t number) noexcept {
        if (count_ == capacity_ && !grow(slab)) [[unlikely]]
            return false;
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t base = count_ > kBest - 1 ? count_ - (kBest - 1) : 0;
        if (found.rank < base) [[unlikely]] {
            std::copy_backward(entries + found.rank, entries + count_, entries + count_ + 1);
        } else {
            shift_up(entries + base, found.rank - base);
        }
        entries[found.rank] = LevelEntry{key} << 32 | number;
        ++count_;
        best_ = number_of(entries[count_ - 1]);
        return true;
    }

    // The key must be there.
    void erase(LevelSlab& slab, std::uint32_t key) noexcept {
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t end = upper_bound(entries, key);
        assert(end > 0 && key_of(entries[end - 1]) == key);
        const std::uint32_t base = count_ > kBest ? count_ - kBest : 0;
        if (end <= base) [[unlikely]] {
            std::copy(entries + end, entries + count_, entries + end - 1);
        } else {
            shift_down(entries + base, end - base);
        }
        entries[--count_] = 0;
        const bool is_empty = count_ == 0;
        const LevelEntry last = entries[count_ - (is_empty ? 0U : 1U)];
        best_ = number_of(last) | (0U - static_cast<std::uint32_t>(is_empty));
        // Three quarters empty, or empty: the smallest block has no smaller one.
        if (count_ <= (capacity_ / 4 & ~3U)) [[unlikely]]
            give_back(slab);
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
            from += choose(from[half - 1] <= bound, half, 0);
            count -= half;
        }
        return static_cast<std::uint32_t>(from - entries) + (*from <= bound ? 1U : 0U);
    }

    // `condition ? a : b` of which g++ makes no branch.
    [[nodiscard]] static LevelEntry choose(bool condition, LevelEntry a, LevelEntry b) noexcept {
        const LevelEntry mask = LevelEntry{0} - LevelEntry{condition};
        return (a & mask) | (b & ~mask);
    }

    // Moves the entries from `rank` on up by one, of seven at most: all are written, the others as
    // they were, because the processor cannot guess how many there are.
    static void shift_up(LevelEntry* entries, std::uint32_t rank) noexcept {
        LevelEntry old[kBest];
        std::copy_n(entries, kBest, old);
        for (std::uint32_t i = 1; i < kBest; ++i) {
            entries[i] = choose(i > rank, old[i - 1], old[i]);
        }
    }
    // Moves the entries from `rank` (1 or more) on down by one, of eight at most.
    static void shift_down(LevelEntry* entries, std::uint32_t rank) noexcept {
        LevelEntry old[kBest];
        std::copy_n(entries, kBest, old);
        for (std::uint32_t i = 0; i + 1 < kBest; ++i) {
            entries[i] = choose(i + 1 >= rank, old[i + 1], old[i]);
        }
    }

    [[nodiscard]] unsigned block_class() const noexcept {
        return static_cast<unsigned>(std::countr_zero(capacity_ / LevelSlab::kUnitLevels));
    }
    [[nodiscard]] bool grow(LevelSlab& slab) noexcept;
    void give_back(LevelSlab& slab) noexcept;

    std::uint32_t unit_ = 0;      // first unit of the block
    std::uint32_t count_ = 0;     // levels in use
    std::uint32_t capacity_ = 0;  // of the block; 0: no block
    std::uint32_t best_ = kNone;
};
static_assert(sizeof(PriceLevels) == 16);

}  // namespace rxlab::book
