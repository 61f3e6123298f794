// SPDX-License-Identifier: MIT
#include <rxlab/book/level_slab.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

namespace rxlab::book {
namespace {

struct Block {
    std::uint32_t unit;
    unsigned block_class;
};

TEST(LevelSlab, HandsOutNothingTwiceAndTakesEverythingBack) {
    constexpr std::uint32_t kUnits = 256;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::mt19937_64 random{seed};
        LevelSlab slab{kUnits};
        std::vector<Block> blocks;
        std::vector<bool> used(kUnits + 1, false);
        const auto mark = [&](std::uint32_t unit, std::uint32_t units, bool value) {
            for (std::uint32_t i = unit; i < unit + units; ++i) {
                ASSERT_LE(i, kUnits);
                ASSERT_NE(used[i], value);
                used[i] = value;
            }
        };
        for (int step = 0; step < 2'000; ++step) {
            if (random() % 2 == 0) {
                const auto block_class = static_cast<unsigned>(random() % 6);
                const std::optional<std::uint32_t> unit = slab.take(block_class);
                if (!unit) continue;
                ASSERT_NE(*unit, LevelSlab::kBlankUnit);
                ASSERT_EQ((*unit - 1) % (1U << block_class), 0U);
                ASSERT_NO_FATAL_FAILURE(mark(*unit, 1U << block_class, true));
                blocks.push_back({*unit, block_class});
            } else if (!blocks.empty()) {
                const std::size_t i = random() % blocks.size();
                Block& block = blocks[i];
                if (block.block_class > 0 && random() % 2 == 0) {
                    slab.shrink(block.unit, block.block_class);
                    --block.block_class;
                    const std::uint32_t half = 1U << block.block_class;
                    ASSERT_NO_FATAL_FAILURE(mark(block.unit + half, half, false));
                } else {
                    slab.give(block.unit, block.block_class);
                    ASSERT_NO_FATAL_FAILURE(mark(block.unit, 1U << block.block_class, false));
                    blocks[i] = blocks.back();
                    blocks.pop_back();
                }
            }
        }
        for (const Block& block : blocks) {
            slab.give(block.unit, block.block_class);
        }
        ASSERT_EQ(slab.take(8), std::optional<std::uint32_t>{1}) << "pieces were not joined again";
        ASSERT_EQ(slab.take(0), std::nullopt);
    }
}

TEST(LevelSlab, SaysWhenItIsExhausted) {
    LevelSlab slab{5};  // 8 units
    for (int i = 0; i < 8; ++i) {
        ASSERT_TRUE(slab.take(0));
    }
    EXPECT_FALSE(slab.take(0));
    slab.give(3, 0);
    EXPECT_FALSE(slab.take(1));
    EXPECT_EQ(slab.take(0), std::optional<std::uint32_t>{3});
}

TEST(LevelSlab, HasNoBlockLargerThanItself) {
    LevelSlab slab{4};
    EXPECT_FALSE(slab.take(3));
    EXPECT_FALSE(slab.take(31));
    EXPECT_TRUE(slab.take(2));
}

TEST(LevelSlab, BlankUnitIsBlank) {
    const LevelSlab slab{1};
    for (std::uint32_t i = 0; i < LevelSlab::kUnitEntries; ++i) {
        EXPECT_EQ(slab.entries(LevelSlab::kBlankUnit)[i], kBlankEntry);
    }
    EXPECT_EQ(kBlankEntry, level_entry(std::numeric_limits<std::int32_t>::min(), kNoLevel));
    EXPECT_LT(level_entry(-1, kNoLevel), level_entry(0, 0));
}

TEST(LevelSlab, BlocksStartAtCacheLines) {
    LevelSlab slab{16};
    for (std::uint32_t unit = 0; unit <= 16; ++unit) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slab.entries(unit)) % 64, 0U);
    }
    EXPECT_EQ(slab.entries(1) - slab.entries(0), LevelSlab::entries_of(0));
}

}  // namespace
}  // namespace rxlab::book
