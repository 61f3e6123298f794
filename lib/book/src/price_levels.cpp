// SPDX-License-Identifier: MIT
#include <rxlab/book/price_levels.hpp>

namespace rxlab::book {

bool PriceLevels::grow(LevelSlab& slab) noexcept {
    const bool is_first = unit_ == LevelSlab::kBlankUnit;
    const unsigned wanted = is_first ? 0 : block_class() + 1;
    const auto unit = slab.take(wanted);
    if (!unit) return false;
    const std::uint32_t size = LevelSlab::entries_of(wanted);
    LevelEntry* const entries = slab.entries(*unit);
    // The blank at the front comes with the levels.
    LevelEntry* const rest = std::copy_n(slab.entries(unit_), end_, entries);
    std::fill(rest, entries + size, kBlankEntry);
    if (!is_first) slab.give(unit_, block_class());
    unit_ = *unit;
    limit_ = size - 1;
    return true;
}

void PriceLevels::give_back(LevelSlab& slab) noexcept {
    const unsigned now = block_class();
    if (now > 0) {
        slab.shrink(unit_, now);
        limit_ = LevelSlab::entries_of(now - 1) - 1;
    } else {
        slab.give(unit_, 0);
        unit_ = LevelSlab::kBlankUnit;
        limit_ = 1;
    }
}

}  // namespace rxlab::book
