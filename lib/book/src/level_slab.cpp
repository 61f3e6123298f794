// SPDX-License-Identifier: MIT
#include <rxlab/book/level_slab.hpp>

namespace rxlab::book {

LevelSlab::LevelSlab(std::size_t units)
    : units_{1 + std::bit_ceil(units), "price levels"},
      links_{units_.size() - 1, "free price levels"} {
    units_[kBlankUnit].fill(kBlankEntry);
    first_.fill(kNone);
    push(0, static_cast<unsigned>(std::countr_zero(links_.size())));
}

std::optional<std::uint32_t> LevelSlab::take(unsigned block_class) noexcept {
    const std::uint32_t large_enough = nonempty_ & (~0U << block_class);
    if (large_enough == 0) return std::nullopt;
    auto from = static_cast<unsigned>(std::countr_zero(large_enough));
    const std::uint32_t unit = first_[from];
    unlink(unit, from);
    while (from > block_class) {
        --from;
        push(unit + (1U << from), from);
    }
    return unit + 1;
}

void LevelSlab::give(std::uint32_t unit, unsigned block_class) noexcept {
    --unit;
    while (1U << block_class < links_.size()) {
        const std::uint32_t buddy = unit ^ (1U << block_class);
        if (links_[buddy].free_class != block_class) break;
        unlink(buddy, block_class);
        unit &= buddy;
        ++block_class;
    }
    push(unit, block_class);
}

void LevelSlab::push(std::uint32_t unit, unsigned block_class) noexcept {
    const std::uint32_t next = first_[block_class];
    links_[unit] = {next, kNone, block_class};
    if (next != kNone) links_[next].previous = unit;
    first_[block_class] = unit;
    nonempty_ |= 1U << block_class;
}

void LevelSlab::unlink(std::uint32_t unit, unsigned block_class) noexcept {
    const Links links = links_[unit];
    links_[unit].free_class = kNone;
    if (links.next != kNone) links_[links.next].previous = links.previous;
    if (links.previous != kNone) {
        links_[links.previous].next = links.next;
        return;
    }
    first_[block_class] = links.next;
    if (links.next == kNone) nonempty_ &= ~(1U << block_class);
}

}  // namespace rxlab::book
