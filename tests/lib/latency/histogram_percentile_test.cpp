// SPDX-License-Identifier: MIT
#include <rxlab/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace rxlab::latency {
namespace {

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoMiddleValues) {
    EXPECT_EQ(median(std::vector{3.0, 1.0, 2.0}), 2.0);
    EXPECT_EQ(median(std::vector{4.0, 1.0, 3.0, 2.0}), 2.5);
    EXPECT_EQ(median(std::vector{7.0}), 7.0);
}

// In whole numbers: the smallest rank with rank * 1000 >= per_mille * count.
TEST(RankOfPercentile, IsTheNearestRankForEveryCount) {
    for (std::uint64_t per_mille : {1U, 50U, 500U, 900U, 950U, 990U, 999U}) {
        const double percent = static_cast<double>(per_mille) / 10;
        for (std::uint64_t count = 1; count <= 50'000; ++count) {
            const std::uint64_t exact = (per_mille * count + 999) / 1000;
            ASSERT_EQ(rank_of_percentile(percent, count), exact) << percent << " of " << count;
        }
    }
}

TEST(RankOfPercentile, StaysWithinTheValues) {
    EXPECT_EQ(rank_of_percentile(0, 10), 1U);
    EXPECT_EQ(rank_of_percentile(-1, 10), 1U);
    EXPECT_EQ(rank_of_percentile(100, 10), 10U);
    EXPECT_EQ(rank_of_percentile(101, 10), 10U);
}

TEST(Percentile, IsAValueOfTheList) {
    const std::vector sorted{1.0, 2.0, 4.0, 8.0};
    EXPECT_EQ(percentile(sorted, 50), 2.0);
    EXPECT_EQ(percentile(sorted, 50.1), 4.0);
    EXPECT_EQ(percentile(sorted, 99), 8.0);
    EXPECT_EQ(percentile(sorted, 0), 1.0);
}

}  // namespace
}  // namespace rxlab::latency
