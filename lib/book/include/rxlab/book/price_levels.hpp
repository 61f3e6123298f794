// SPDX-License-Identifier: MIT
//
// The price levels of one side of one symbol in order of price: a contiguous array of entries
// (price key and number of the level), the best at the back. Most messages touch the best few
// prices, so the search starts there and an insert or erase there moves almost nothing. The level
// itself lives elsewhere and stays where it is, so that an order can hold its number. The array
// lives in a LevelSlab that all sides share; it doubles when it is full and halves when it is
// nearly empty. One thread.
//
// Nothing is asked that the processor would have to guess. The entry at the front and all those
// behind the best are blank: below every level, and with the number of none. So there are always
// eight entries at the back to be compared, two at a time, and all eight are written where a level
// is born or dies, whether they move or not.
#pragma once

#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/types.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rxlab::book {

// Bids rise and asks fall towards the back: of an ask all bits are turned around, so that both
// rise. The highest bit is turned around besides, because vectors compare signed numbers.
[[nodiscard]] constexpr std::int32_t price_key(Side side, std::uint32_t price) noexcept {
    return static_cast<std::int32_t>(price ^ (0x8000'0000U - static_cast<std::uint32_t>(side)));
}

class PriceLevels {
  public:
    static constexpr std::uint32_t kNone = kNoLevel;

    [[nodiscard]] std::uint32_t size() const noexcept { return end_ - 1; }

    // Number of the best level; kNone where there is none.
    [[nodiscard]] std::uint32_t best() const noexcept { return best_; }

    // Number of a level; `rank` 0 is the best.
    [[nodiscard]] std::uint32_t from_best(const LevelSlab& slab, std::size_t rank) const noexcept {
        assert(rank < size());
        return number_of(slab.entries(unit_)[end_ - 1 - rank]);
    }

    // Where a key is, or would be.
    struct Found {
        std::uint32_t number;  // kNone: nowhere
        std::uint32_t index;   // for insert()
    };
    [[nodiscard]] Found find(const LevelSlab& slab, std::int32_t key) const noexcept {
        const LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t index = upper_bound(entries, key);
        const LevelEntry below = entries[index - 1];
        const auto is_other = static_cast<std::uint32_t>(key_of(below) != key);
        return {number_of(below) | (0U - is_other), index};
    }

    // Adds a level of a key that is not there yet, where find() said; false where the slab has no
    // room.
    [[nodiscard]] bool insert(LevelSlab& slab, Found found, std::int32_t key,
                              std::uint32_t number) noexcept {
        if (end_ == limit_ && !grow(slab)) [[unlikely]]
            return false;
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t base = best_from();
        if (found.index <= base) [[unlikely]] {
            std::copy_backward(entries + found.index, entries + end_, entries + end_ + 1);
        } else {
            raise(entries + base, level_entry(key, kNone));
        }
        entries[found.index] = level_entry(key, number);
        best_ = number_of(entries[end_++]);
        return true;
    }

    // The key must be there.
    void erase(LevelSlab& slab, std::int32_t key) noexcept {
        LevelEntry* const entries = slab.entries(unit_);
        const std::uint32_t index = upper_bound(entries, key) - 1;
        assert(index > 0 && key_of(entries[index]) == key);
        const std::uint32_t base = best_from();
        if (index < base) [[unlikely]] {
            std::copy(entries + index + 1, entries + end_, entries + index);
        } else {
            lower(entries + base, level_entry(key, kNone));
        }
        entries[--end_] = kBlankEntry;
        best_ = number_of(entries[end_ - 1]);
        // An eighth in use; of the smallest block nothing.
        if (end_ <= limit_ / 8) [[unlikely]]
            give_back(slab);
    }

    // Gives its memory back: as new.
    void clear(LevelSlab& slab) noexcept {
        if (unit_ != LevelSlab::kBlankUnit) slab.give(unit_, block_class());
        *this = {};
    }

    // The best entry. For prefetching.
    [[nodiscard]] const LevelEntry* back(const LevelSlab& slab) const noexcept {
        return slab.entries(unit_) + end_ - 1;
    }

  private:
    // How many of the best levels are compared, and written, at once; and of the next ones
    // compared.
    static constexpr std::uint32_t kBest = 8;
    static constexpr std::uint32_t kNext = 16;

    // Two entries in one register. The compiler makes two comparisons of one `>`: all bits are set
    // where it is true, which as a number is -1.
    using Pair = LevelEntry __attribute__((vector_size(2 * sizeof(LevelEntry))));

    [[nodiscard]] static Pair load(const LevelEntry* entries) noexcept {
        Pair pair;
        std::memcpy(&pair, entries, sizeof(pair));
        return pair;
    }
    template <std::uint32_t kCount>
    [[nodiscard]] static std::uint32_t count_above(const LevelEntry* entries,
                                                   LevelEntry bound) noexcept {
        Pair above{};
        for (std::uint32_t i = 0; i < kCount; i += 2) {
            above -= load(entries + i) > Pair{bound, bound};
        }
        return static_cast<std::uint32_t>(above[0] + above[1]);
    }
    // What of `from` is above the bound goes to `to`.
    static void move_above(const LevelEntry* from, LevelEntry* to, LevelEntry bound) noexcept {
        const Pair moved = load(from);
        const Pair result = moved > Pair{bound, bound} ? moved : load(to);
        std::memcpy(to, &result, sizeof(result));
    }
    // Moves what is above the bound, of eight entries, up by one.
    static void raise(LevelEntry* entries, LevelEntry bound) noexcept {
        for (std::uint32_t i = kBest; i > 0; i -= 2) {
            move_above(entries + i - 2, entries + i - 1, bound);
        }
    }
    // The same down by one, of the eight entries behind the first.
    static void lower(LevelEntry* entries, LevelEntry bound) noexcept {
        for (std::uint32_t i = 0; i < kBest; i += 2) {
            move_above(entries + i + 1, entries + i, bound);
        }
    }

    [[nodiscard]] static std::int32_t key_of(LevelEntry entry) noexcept {
        return static_cast<std::int32_t>(entry >> 32);
    }
    [[nodiscard]] static std::uint32_t number_of(LevelEntry entry) noexcept {
        return static_cast<std::uint32_t>(entry);
    }

    // Index of the first of the best eight entries.
    [[nodiscard]] std::uint32_t best_from() const noexcept {
        return end_ > kBest ? end_ - kBest : 0;
    }

    // Index behind the last entry whose key is not above `key`; 1 or more.
    [[nodiscard]] std::uint32_t upper_bound(const LevelEntry* entries,
                                            std::int32_t key) const noexcept {
        const LevelEntry bound = level_entry(key, kNone);
        const std::uint32_t base = best_from();
        const std::uint32_t above = count_above<kBest>(entries + base, bound);
        if (above < kBest) [[likely]]
            return end_ - above;
        // Far from the best: sixteen independent loads rather than four that wait for each other.
        const std::uint32_t next = base > kNext ? base - kNext : 0;
        const std::uint32_t more = count_above<kNext>(entries + next, bound);
        if (more < kNext) [[likely]]
            return std::min(next + kNext, end_) - more;
        return halve(entries, next, bound);
    }

    // Binary search among the first `count` (1 or more) that computes where others would branch.
    [[nodiscard]] static std::uint32_t halve(const LevelEntry* entries, std::uint32_t count,
                                             LevelEntry bound) noexcept {
        const LevelEntry* from = entries;
        while (count > 1) {
            const std::uint32_t half = count / 2;
            // A mask, because of a condition g++ makes a branch.
            from += half & (0U - static_cast<std::uint32_t>(from[half - 1] <= bound));
            count -= half;
        }
        return static_cast<std::uint32_t>(from - entries) + (*from <= bound ? 1U : 0U);
    }

    [[nodiscard]] unsigned block_class() const noexcept {
        return static_cast<unsigned>(std::countr_zero((limit_ + 1) / LevelSlab::kUnitEntries));
    }
    [[nodiscard]] bool grow(LevelSlab& slab) noexcept;
    void give_back(LevelSlab& slab) noexcept;

    std::uint32_t unit_ = LevelSlab::kBlankUnit;  // first unit of the block
    std::uint32_t end_ = 1;                       // index behind the best level
    std::uint32_t limit_ = 1;                     // of `end_`, in this block
    std::uint32_t best_ = kNone;
};
static_assert(sizeof(PriceLevels) == 16);

}  // namespace rxlab::book
