// SPDX-License-Identifier: MIT
//
// The price levels of one side of one symbol in order of price, as entries: price key and number of
// the level. The best six stand in one cache line, whose address follows from the symbol; four in
// five messages need no other. The rest is in FarLevels, whose best entry is repeated in the line:
// it tells on which side of it a price is. The level itself lives elsewhere and stays where it is,
// so that an order can hold its number. One thread.
//
// Nothing is asked of the line that the processor would have to guess. Places without a level hold
// a blank entry, which is below every level and has the number of none; all six are always compared
// and written, two at a time.
#pragma once

#include <rxlab/book/far_levels.hpp>
#include <rxlab/book/level_slab.hpp>
#include <rxlab/book/types.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace rxlab::book {

// Bids rise and asks fall towards the back: of an ask all bits are turned around, so that both
// rise. The highest bit is turned around besides, because vectors compare signed numbers.
[[nodiscard]] constexpr std::int32_t price_key(Side side, std::uint32_t price) noexcept {
    return static_cast<std::int32_t>(price ^ (0x8000'0000U - static_cast<std::uint32_t>(side)));
}

class alignas(64) PriceLevels {
  public:
    [[nodiscard]] std::uint32_t size() const noexcept {
        std::uint32_t count = far_.size();
        for (const LevelEntry entry : best_)
            count += entry == kBlankEntry ? 0 : 1;
        return count;
    }

    // Number of the best level; kNoLevel where there is none.
    [[nodiscard]] std::uint32_t best() const noexcept { return number_of(best_.back()); }

    // Whether a key that is not there would be the best.
    [[nodiscard]] bool would_lead(std::int32_t key) const noexcept {
        return level_entry(key, 1) > best_.back();
    }

    // Number of a level; `rank` 0 is the best.
    [[nodiscard]] std::uint32_t from_best(const LevelSlab& slab, std::size_t rank) const noexcept {
        assert(rank < size());
        for (std::size_t i = kBest; i-- > 0 && best_[i] != kBlankEntry; --rank) {
            if (rank == 0) return number_of(best_[i]);
        }
        return number_of(far_.from_best(slab, rank));
    }

    // Number of a key's level; kNoLevel where there is none.
    [[nodiscard]] std::uint32_t find(const LevelSlab& slab, std::int32_t key) const noexcept {
        if (is_far(key)) [[unlikely]]
            return far_.find(slab, key);
        Pair found{};
        for (std::size_t i = 0; i < kBest; i += 2) {
            const Pair pair = load(&best_[i]);
            found |= pair & ((pair > pair_of(level_entry(key, kNoLevel))) &
                             ~(pair > pair_of(last_entry(key))));
        }
        return number_of(found[0] | found[1]);
    }

    // Adds a level of a key that is not there yet; false, and nothing has changed, where the slab
    // has no room.
    [[nodiscard]] bool insert(LevelSlab& slab, std::int32_t key, std::uint32_t number) noexcept {
        const LevelEntry entry = level_entry(key, number);
        if (is_far(key)) [[unlikely]]
            return insert_far(slab, entry);
        if (best_.front() != kBlankEntry) [[unlikely]] {
            if (!spill(slab)) return false;
            if (is_far(key)) return insert_far(slab, entry);
        }
        // Sorted, with the new one among them: each place keeps its entry, or gets the next one or
        // the new one, if that is between the two.
        const Pair added = pair_of(entry);
        const Pair low = load(&best_[0]), middle = load(&best_[2]), high = load(&best_[4]);
        const Pair beyond = pair_of(std::numeric_limits<LevelEntry>::max());
        store(&best_[0], larger(low, smaller(across(low, middle), added)));
        store(&best_[2], larger(middle, smaller(across(middle, high), added)));
        store(&best_[4], larger(high, smaller(across(high, beyond), added)));
        return true;
    }

    // The key must be there.
    void erase(LevelSlab& slab, std::int32_t key) noexcept {
        if (is_far(key)) [[unlikely]] {
            far_.erase(slab, key);
            best_far_ = far_.back(slab);
            return;
        }
        // What is not above the key moves up by one, over it.
        const Pair bound = pair_of(last_entry(key));
        const Pair low = load(&best_[0]), middle = load(&best_[2]), high = load(&best_[4]);
        store(&best_[0], low > bound ? low : across(pair_of(kBlankEntry), low));
        store(&best_[2], middle > bound ? middle : across(low, middle));
        store(&best_[4], high > bound ? high : across(middle, high));
        if (best_[kBest - 2] == kBlankEntry && best_far_ != kBlankEntry) [[unlikely]]
            refill(slab);
    }

    // Gives its memory back: as new.
    void clear(LevelSlab& slab) noexcept {
        far_.clear(slab);
        *this = {};
    }

  private:
    static constexpr std::size_t kBest = 6;
    // How many go over the edge of the line at once, so that they do not soon come back.
    static constexpr std::size_t kMoved = 3;

    // Two entries in one register. The compiler makes two comparisons of one `>`: all bits are set
    // where it is true.
    using Pair = LevelEntry __attribute__((vector_size(2 * sizeof(LevelEntry))));

    [[nodiscard]] static Pair pair_of(LevelEntry entry) noexcept { return Pair{entry, entry}; }
    [[nodiscard]] static Pair load(const LevelEntry* entries) noexcept {
        Pair pair;
        std::memcpy(&pair, entries, sizeof(pair));
        return pair;
    }
    static void store(LevelEntry* entries, Pair pair) noexcept {
        std::memcpy(entries, &pair, sizeof(pair));
    }
    // The second of one pair and the first of the next.
    [[nodiscard]] static Pair across(Pair a, Pair b) noexcept { return Pair{a[1], b[0]}; }
    [[nodiscard]] static Pair larger(Pair a, Pair b) noexcept { return a > b ? a : b; }
    [[nodiscard]] static Pair smaller(Pair a, Pair b) noexcept { return a > b ? b : a; }

    // Numbers begin at 1, so a blank entry is below every key's.
    [[nodiscard]] bool is_far(std::int32_t key) const noexcept {
        return level_entry(key, 1) <= best_far_;
    }
    [[nodiscard]] bool insert_far(LevelSlab& slab, LevelEntry entry) noexcept;
    // Moves the worst of the best six, which must all be there, to the far ones.
    [[nodiscard]] bool spill(LevelSlab& slab) noexcept;
    // Moves the best of the far ones, of which there must be some, here, where one is left.
    void refill(LevelSlab& slab) noexcept;

    FarLevels far_;
    LevelEntry best_far_ = kBlankEntry;
    std::array<LevelEntry, kBest> best_{kBlankEntry, kBlankEntry, kBlankEntry,
                                        kBlankEntry, kBlankEntry, kBlankEntry};
};
static_assert(sizeof(PriceLevels) == 64);

}  // namespace rxlab::book
