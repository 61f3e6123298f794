// SPDX-License-Identifier: MIT
#include <rxlab/book/price_levels.hpp>

namespace rxlab::book {

bool PriceLevels::grow(LevelSlab& slab) noexcept {
    const unsigned wanted = capacity_ == 0 ? 0 : block_class() + 1;
    const auto unit = slab.take(wanted);
    if (!unit) return false;
    LevelEntry* const entries = slab.entries(*unit);
    if (capacity_ == 0) {
        std::fill_n(entries, kBest, LevelEntry{0});
    } else {
        const LevelEntry* const old = slab.entries(unit_);
        std::copy(old, old + count_, entries);
        slab.give(unit_, block_class());
    }
    unit_ = *unit;
    capacity_ = LevelSlab::entries_of(wanted);
    return true;
}

void PriceLevels::give_back(LevelSlab& slab) noexcept {
    if (capacity_ > LevelSlab::kUnitLevels) {
        slab.shrink(unit_, block_class());
        capacity_ /= 2;
    } else {
        slab.give(unit_, 0);
        capacity_ = 0;
    }
}

}  // namespace rxlab::book
