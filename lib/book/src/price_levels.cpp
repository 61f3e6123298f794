// SPDX-License-Identifier: MIT
#include <rxlab/book/price_levels.hpp>

namespace rxlab::book {

bool FarLevels::grow(LevelSlab& slab) noexcept {
    const unsigned wanted = blocks_;  // the next class
    const auto unit = slab.take(wanted);
    if (!unit) return false;
    if (blocks_ != 0) {
        std::copy_n(slab.entries(unit_), size_, slab.entries(*unit));
        slab.give(unit_, block_class());
    }
    unit_ = *unit & kUnitMask;
    ++blocks_;
    return true;
}

void FarLevels::shrink(LevelSlab& slab) noexcept {
    if (block_class() > 0) {
        slab.shrink(unit_, block_class());
        --blocks_;
    } else if (size_ == 0) {
        slab.give(unit_, 0);
        *this = {};
    }
}

bool PriceLevels::insert_far(LevelSlab& slab, LevelEntry entry) noexcept {
    if (!far_.reserve(slab, 1)) return false;
    far_.insert(slab, entry);
    best_far_ = far_.back(slab);
    return true;
}

bool PriceLevels::spill(LevelSlab& slab) noexcept {
    if (!far_.reserve(slab, kMoved)) return false;
    const auto moved = std::span{best_}.first<kMoved>();
    far_.append(slab, moved);
    best_far_ = moved.back();
    std::ranges::fill(moved, kBlankEntry);
    return true;
}

void PriceLevels::refill(LevelSlab& slab) noexcept {
    const std::size_t count = std::min<std::size_t>(kMoved, far_.size());
    far_.take(slab, std::span{best_}.subspan(kBest - 1 - count, count));
    best_far_ = far_.back(slab);
}

}  // namespace rxlab::book
