// SPDX-License-Identifier: MIT
//
// The price levels of one side of one symbol: a contiguous array, sorted, with the best price at
// the back. Most messages touch the best few prices, so the search starts there and an insert or
// erase there moves almost nothing. The array lives in a LevelSlab that all sides share; it doubles
// when it is full and halves when it is three quarters empty. One thread.
#pragma once

#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/types.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace rxlab::book {

// Bids rise and asks fall towards the back. Flipping an ask's bits makes both rise, so that one
// comparison serves both sides; `price` of a stored level is that key. Its own inverse.
[[nodiscard]] constexpr std::uint32_t price_key(Side side, std::uint32_t price) noexcept {
    return side == Side::bid ? price : ~price;
}

class PriceLevels {
  public:
    [[nodiscard]] std::uint32_t size() const noexcept { return count_; }

    // `rank` 0 is the best. Its price is a key.
    [[nodiscard]] const Level& from_best(const LevelSlab& slab, std::size_t rank) const noexcept {
        assert(rank < count_);
        return slab.levels(unit_)[count_ - 1 - rank];
    }

    // The level of this key, or null.
    [[nodiscard]] Level* find(LevelSlab& slab, std::uint32_t key) noexcept {
        if (count_ == 0) return nullptr;
        Level* const levels = slab.levels(unit_);
        const std::uint32_t end = upper_bound(levels, key);
        return end > 0 && levels[end - 1].price == key ? levels + end - 1 : nullptr;
    }

    // Adds an empty level of a key that is not there yet; null where the slab has no room.
    [[nodiscard]] Level* insert(LevelSlab& slab, std::uint32_t key) noexcept {
        if (count_ == capacity() && !grow(slab)) return nullptr;
        Level* const levels = slab.levels(unit_);
        const std::uint32_t at = upper_bound(levels, key);
        std::copy_backward(levels + at, levels + count_, levels + count_ + 1);
        levels[at] = Level{key, 0, 0};
        ++count_;
        return levels + at;
    }

    // `level` must point into this array.
    void erase(LevelSlab& slab, Level* level) noexcept {
        std::copy(level + 1, slab.levels(unit_) + count_, level);
        --count_;
        if (count_ * 4 <= capacity()) give_back(slab);
    }

  private:
    // How many levels are looked at one by one before halving the rest.
    static constexpr std::uint32_t kLinear = 16;

    [[nodiscard]] std::uint32_t capacity() const noexcept {
        return block_ == 0 ? 0 : LevelSlab::levels_of(block_ - 1U);
    }

    // Index behind the last level whose key is not above `key`.
    [[nodiscard]] std::uint32_t upper_bound(const Level* levels, std::uint32_t key) const noexcept {
        std::uint32_t end = count_;
        const std::uint32_t stop = count_ > kLinear ? count_ - kLinear : 0;
        while (end > stop && levels[end - 1].price > key) {
            --end;
        }
        if (end > stop || stop == 0) return end;
        const auto above = [](std::uint32_t k, const Level& level) { return k < level.price; };
        return static_cast<std::uint32_t>(std::upper_bound(levels, levels + stop, key, above) -
                                          levels);
    }

    [[nodiscard]] bool grow(LevelSlab& slab) noexcept;
    void give_back(LevelSlab& slab) noexcept;

    std::uint32_t unit_ = 0;   // first unit of the block
    std::uint32_t count_ = 0;  // levels in use
    std::uint32_t block_ = 0;  // class of the block plus one; 0: no block
};

}  // namespace rxlab::book
