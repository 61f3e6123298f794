// SPDX-License-Identifier: MIT
#include <rxlab/book/price_levels.hpp>

namespace rxlab::book {

bool PriceLevels::grow(LevelSlab& slab) noexcept {
    const auto unit = slab.take(block_);  // the class after the present one
    if (!unit) return false;
    LevelEntry* const entries = slab.entries(*unit);
    if (block_ == 0) {
        std::fill_n(entries, kBest, LevelEntry{0});
    } else {
        const LevelEntry* const old = slab.entries(unit_);
        std::copy(old, old + count_, entries);
        slab.give(unit_, block_ - 1);
    }
    unit_ = *unit;
    ++block_;
    return true;
}

void PriceLevels::give_back(LevelSlab& slab) noexcept {
    if (block_ > 1) {
        slab.shrink(unit_, block_ - 1);
        --block_;
    } else if (count_ == 0) {
        slab.give(unit_, 0);
        block_ = 0;
    }
}

}  // namespace rxlab::book
