// SPDX-License-Identifier: MIT
#include <rxlab/book/price_levels.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

namespace rxlab::book {
namespace {

TEST(PriceKey, OrdersBothSidesFromWorstToBest) {
    EXPECT_EQ(price_key(Side::bid, 0), std::numeric_limits<std::int32_t>::min());
    EXPECT_EQ(price_key(Side::ask, 0), std::numeric_limits<std::int32_t>::max());
    EXPECT_LT(price_key(Side::bid, 0x7fffffffU), price_key(Side::bid, 0x80000000U));
    EXPECT_LT(price_key(Side::ask, 0x80000000U), price_key(Side::ask, 0x7fffffffU));
    EXPECT_LT(price_key(Side::bid, 99), price_key(Side::bid, 100));
    EXPECT_LT(price_key(Side::ask, 101), price_key(Side::ask, 100));
    for (const std::uint32_t price : {0U, 1U, 0x7fffffffU, 0xffffffffU}) {
        for (const Side side : {Side::bid, Side::ask}) {
            EXPECT_NE(price_key(side, price), price_key(side, price + 1));
        }
    }
}

bool insert(PriceLevels& levels, LevelSlab& slab, std::int32_t key, std::uint32_t number) {
    return levels.insert(slab, levels.find(slab, key), key, number);
}

// Random inserts and erases on arrays of up to `keys` levels, compared with std::map.
void compare(std::uint64_t seed, std::uint32_t keys, bool far) {
    std::mt19937_64 random{seed};
    LevelSlab slab{1'024};
    PriceLevels levels;
    std::map<std::int32_t, std::uint32_t> expected;
    std::vector<std::int32_t> pool(keys);
    for (std::int32_t& key : pool) {
        key = static_cast<std::int32_t>(far ? random() : random() % keys);
    }
    // The least key is that of the blank entries, too.
    if (far) pool.front() = std::numeric_limits<std::int32_t>::min();
    if (far) pool.back() = std::numeric_limits<std::int32_t>::max();
    for (int step = 0; step < 3'000; ++step) {
        const std::int32_t key = pool[random() % pool.size()];
        const PriceLevels::Found place = levels.find(slab, key);
        const std::uint32_t found = place.number;
        ASSERT_EQ(found != PriceLevels::kNone, expected.contains(key));
        if (found == PriceLevels::kNone) {
            const auto number = static_cast<std::uint32_t>(step);
            ASSERT_TRUE(levels.insert(slab, place, key, number));
            expected[key] = number;
        } else if (random() % 3 != 0) {
            ASSERT_EQ(found, expected[key]);
            levels.erase(slab, key);
            expected.erase(key);
        }
        ASSERT_EQ(levels.size(), expected.size());
        ASSERT_EQ(levels.best(), expected.empty() ? PriceLevels::kNone : expected.rbegin()->second);
        std::size_t rank = 0;
        for (auto i = expected.rbegin(); i != expected.rend(); ++i, ++rank) {
            ASSERT_EQ(levels.from_best(slab, rank), i->second);
        }
    }
    while (!expected.empty()) {
        levels.erase(slab, expected.begin()->first);
        expected.erase(expected.begin());
    }
    ASSERT_TRUE(slab.take(10)) << "an empty side keeps memory";
}

TEST(PriceLevels, StaySortedLikeAMap) {
    std::uint64_t seed = 0;
    for (const std::uint32_t keys : {1U, 2U, 7U, 8U, 9U, 14U, 15U, 16U, 24U, 25U, 40U, 200U}) {
        for (const bool far : {false, true}) {
            ASSERT_NO_FATAL_FAILURE(compare(++seed, keys, far));
        }
    }
}

TEST(PriceLevels, GiveMemoryBackWhenThreeQuartersAreEmpty) {
    LevelSlab slab{16};  // 256 entries
    PriceLevels levels;
    for (std::uint32_t key = 1; key <= 64; ++key) {
        ASSERT_TRUE(insert(levels, slab, static_cast<std::int32_t>(key), key));
    }
    EXPECT_TRUE(slab.take(3));  // the other half; this side holds 8 units
    EXPECT_FALSE(slab.take(2));
    for (std::int32_t key = 64; key > 14; --key) {
        levels.erase(slab, key);
    }
    EXPECT_TRUE(slab.take(2));  // it was halved to 4
    for (std::uint32_t key = 1; key <= 14; ++key) {
        ASSERT_EQ(levels.find(slab, static_cast<std::int32_t>(key)).number, key);
    }
}

TEST(PriceLevels, RefuseALevelWhereTheSlabIsFullAndStayWhatTheyWere) {
    LevelSlab slab{4};  // 64 entries: a block of 32 can grow no further while it is copied
    PriceLevels levels;
    std::uint32_t count = 0;
    while (insert(levels, slab, static_cast<std::int32_t>(1'000 - count), count)) {
        ++count;
    }
    EXPECT_EQ(count, 30U);  // one stays blank at either end
    EXPECT_EQ(levels.size(), 30U);
    for (std::uint32_t rank = 0; rank < count; ++rank) {
        EXPECT_EQ(levels.from_best(slab, rank), rank);
    }
    levels.erase(slab, 997);
    EXPECT_TRUE(insert(levels, slab, 5, 99));
}

// What stands in memory behind the last level must not be taken for a better one.
TEST(PriceLevels, AreFoundInABlockThatAnotherSideHasUsed) {
    LevelSlab slab{1};
    PriceLevels first, second;
    for (std::int32_t key = 2'000'000'000; key < 2'000'000'008; ++key) {
        ASSERT_TRUE(insert(first, slab, key, 1));
    }
    for (std::int32_t key = 2'000'000'000; key < 2'000'000'008; ++key) {
        first.erase(slab, key);
    }
    ASSERT_TRUE(insert(second, slab, 7, 3));
    EXPECT_EQ(second.find(slab, 7).number, 3U);
    EXPECT_EQ(second.find(slab, 8).number, PriceLevels::kNone);
}

}  // namespace
}  // namespace rxlab::book
