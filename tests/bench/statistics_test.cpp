// SPDX-License-Identifier: MIT
#include "bench/analysis/statistics.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

namespace rxlab::bench {
namespace {

// The share of all 2^n ways in which n values fall below or above the median that leave the median
// within [x(rank), x(n+1-rank)]: at least `rank` values below it and at least `rank` above.
double coverage_by_enumeration(std::size_t n, std::size_t rank) {
    std::size_t covered = 0;
    for (std::uint32_t pattern = 0; pattern < (1U << n); ++pattern) {
        const auto below = static_cast<std::size_t>(std::popcount(pattern));
        if (below >= rank && n - below >= rank) ++covered;
    }
    return static_cast<double>(covered) / static_cast<double>(1U << n);
}

TEST(MedianRatio, OfInvertedRatiosIsItsInverse) {
    EXPECT_EQ(median_ratio(std::vector{3.0, 1.0, 2.0}), 2.0);
    EXPECT_DOUBLE_EQ(median_ratio(std::vector{34.0, 1 / 34.0}), 1.0);
    EXPECT_DOUBLE_EQ(median_ratio(std::vector{2.0, 100.0, 8.0, 0.1}), 4.0);
    EXPECT_DOUBLE_EQ(median_ratio(std::vector{1 / 2.0, 1 / 100.0, 1 / 8.0, 10.0}), 1 / 4.0);
}

TEST(MedianInterval, CoverageAgreesWithEnumeration) {
    for (std::size_t n = 1; n <= 16; ++n) {
        for (std::size_t rank = 1; 2 * rank <= n; ++rank) {
            EXPECT_NEAR(median_interval_coverage(n, rank), coverage_by_enumeration(n, rank), 1e-12)
                << "n " << n << " rank " << rank;
        }
    }
}

TEST(MedianInterval, IsTheNarrowestThatReachesTheConfidence) {
    for (std::size_t n = 1; n <= 16; ++n) {
        std::size_t best = 0;
        for (std::size_t rank = 1; 2 * rank <= n; ++rank) {
            if (coverage_by_enumeration(n, rank) >= 0.95) best = rank;
        }
        EXPECT_EQ(median_interval_rank(n, 0.95), best) << "n " << n;
    }
}

TEST(MedianInterval, OfSixValuesIsTheirRange) {
    const std::vector values{3.0, 6.0, 1.0, 5.0, 2.0, 4.0};
    const auto interval = median_interval(values, 0.95);
    ASSERT_TRUE(interval);
    EXPECT_EQ(interval->low, 1.0);
    EXPECT_EQ(interval->high, 6.0);
    EXPECT_DOUBLE_EQ(interval->confidence, 0.96875);
}

TEST(MedianInterval, OfNineValuesLeavesOutTheExtremes) {
    const std::vector values{9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0};
    const auto interval = median_interval(values, 0.95);
    ASSERT_TRUE(interval);
    EXPECT_EQ(interval->low, 2.0);
    EXPECT_EQ(interval->high, 8.0);
}

TEST(MedianInterval, DoesNotExistForFiveValues) {
    EXPECT_FALSE(median_interval(std::vector{1.0, 2.0, 3.0, 4.0, 5.0}, 0.95));
}

}  // namespace
}  // namespace rxlab::bench
