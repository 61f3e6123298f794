// SPDX-License-Identifier: MIT
#include <rxlab/book/price_levels.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace rxlab::book {
namespace {

TEST(PriceKey, OrdersBothSidesFromWorstToBest) {
    EXPECT_LT(price_key(Side::bid, 99), price_key(Side::bid, 100));
    EXPECT_LT(price_key(Side::ask, 101), price_key(Side::ask, 100));
    for (const std::uint32_t price : {0U, 1U, 0x7fffffffU, 0xffffffffU}) {
        for (const Side side : {Side::bid, Side::ask}) {
            EXPECT_EQ(price_key(side, price_key(side, price)), price);
        }
    }
}

// Random inserts and erases on arrays of up to `keys` levels, compared with std::map.
void compare(std::uint64_t seed, std::uint32_t keys, bool far) {
    std::mt19937_64 random{seed};
    LevelSlab slab{1'024};
    PriceLevels levels;
    std::map<std::uint32_t, std::uint64_t> expected;
    std::vector<std::uint32_t> pool(keys);
    for (std::uint32_t& key : pool) {
        key = far ? static_cast<std::uint32_t>(random())
                  : static_cast<std::uint32_t>(random() % keys);
    }
    for (int step = 0; step < 3'000; ++step) {
        const std::uint32_t key = pool[random() % pool.size()];
        Level* const found = levels.find(slab, key);
        ASSERT_EQ(found != nullptr, expected.contains(key));
        if (found == nullptr) {
            Level* const added = levels.insert(slab, key);
            ASSERT_NE(added, nullptr);
            ASSERT_EQ(*added, (Level{key, 0, 0}));
            added->shares = expected[key] = random();
        } else if (random() % 3 != 0) {
            ASSERT_EQ(found->price, key);
            ASSERT_EQ(found->shares, expected[key]);
            levels.erase(slab, found);
            expected.erase(key);
        }
        ASSERT_EQ(levels.size(), expected.size());
        std::size_t rank = 0;
        for (auto i = expected.rbegin(); i != expected.rend(); ++i, ++rank) {
            ASSERT_EQ(levels.from_best(slab, rank).price, i->first);
            ASSERT_EQ(levels.from_best(slab, rank).shares, i->second);
        }
    }
    while (!expected.empty()) {
        levels.erase(slab, levels.find(slab, expected.begin()->first));
        expected.erase(expected.begin());
    }
    ASSERT_TRUE(slab.take(10)) << "an empty side keeps memory";
}

TEST(PriceLevels, StaySortedLikeAMap) {
    std::uint64_t seed = 0;
    for (const std::uint32_t keys : {1U, 4U, 5U, 16U, 17U, 18U, 40U, 200U}) {
        for (const bool far : {false, true}) {
            ASSERT_NO_FATAL_FAILURE(compare(++seed, keys, far));
        }
    }
}

TEST(PriceLevels, GiveMemoryBackWhenThreeQuartersAreEmpty) {
    LevelSlab slab{16};  // 64 levels
    PriceLevels levels;
    for (std::uint32_t key = 1; key <= 32; ++key) {
        ASSERT_NE(levels.insert(slab, key), nullptr);
    }
    EXPECT_TRUE(slab.take(3));  // the other half; this side holds 8 units
    EXPECT_FALSE(slab.take(2));
    for (std::uint32_t key = 32; key > 8; --key) {
        levels.erase(slab, levels.find(slab, key));
    }
    EXPECT_TRUE(slab.take(2));  // it was halved to 4
    for (std::uint32_t key = 1; key <= 8; ++key) {
        ASSERT_NE(levels.find(slab, key), nullptr);
    }
}

TEST(PriceLevels, RefuseALevelWhereTheSlabIsFullAndStayWhatTheyWere) {
    LevelSlab slab{4};  // 16 levels: 8 can grow no further while they are copied
    PriceLevels levels;
    std::uint32_t count = 0;
    while (levels.insert(slab, 1'000 - count) != nullptr) {
        ++count;
    }
    EXPECT_EQ(count, 8U);
    EXPECT_EQ(levels.size(), 8U);
    for (std::uint32_t rank = 0; rank < count; ++rank) {
        EXPECT_EQ(levels.from_best(slab, rank).price, 1'000 - rank);
    }
    levels.erase(slab, levels.find(slab, 997));
    EXPECT_NE(levels.insert(slab, 5), nullptr);
}

}  // namespace
}  // namespace rxlab::book
