// SPDX-License-Identifier: MIT
#include "feedsim/market/random.hpp"

#include "feedsim/market/symbols.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

constexpr double kOneQ32 = 4'294'967'296.0;

TEST(NegativeLog, AgreesWithTheMathLibrary) {
    Random random{1, 0};
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t x = random.next() >> (i % 64);
        if (x == 0) continue;
        const double expected = 64 * std::log(2.0) - std::log(static_cast<double>(x));
        ASSERT_NEAR(static_cast<double>(negative_log_q32(x)) / kOneQ32, expected, 5e-6) << x;
    }
}

TEST(NegativeLog, HoldsAtBothEnds) {
    EXPECT_NEAR(static_cast<double>(negative_log_q32(1)) / kOneQ32, 64 * std::log(2.0), 1e-5);
    EXPECT_EQ(negative_log_q32(0), negative_log_q32(1));
    EXPECT_LT(negative_log_q32(std::numeric_limits<std::uint64_t>::max()), 100U);
}

TEST(Random, ExponentialHasItsMeanAndStandardDeviation) {
    Random random{2, 0};
    constexpr int kDraws = 1'000'000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < kDraws; ++i) {
        const double x = static_cast<double>(random.exponential_q32()) / kOneQ32;
        sum += x;
        squares += x * x;
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, 1.0, 0.005);
    EXPECT_NEAR(std::sqrt(squares / kDraws - mean * mean), 1.0, 0.01);
}

TEST(Random, BelowIsUniform) {
    Random random{3, 0};
    std::vector<int> counts(10);
    for (int i = 0; i < 100'000; ++i)
        ++counts[random.below(10)];
    for (const int count : counts)
        EXPECT_NEAR(count, 10'000, 500);
}

// The outputs that the authors' C code (prng.di.unimi.it) gives for this state.
TEST(Random, IsXoshiro256PlusPlus) {
    Random random{{1, 2, 3, 4}};
    for (const std::uint64_t expected :
         {std::uint64_t{41'943'041}, std::uint64_t{58'720'359},
          std::uint64_t{3'588'806'011'781'223}, std::uint64_t{3'591'011'842'654'386}}) {
        EXPECT_EQ(random.next(), expected);
    }
}

TEST(ActivityTable, DrawsEachSymbolByItsWeight) {
    constexpr std::uint32_t kSymbols = 50;
    constexpr int kDraws = 1'000'000;
    const ActivityTable table{kSymbols};
    Random random{4, 0};
    std::vector<int> counts(kSymbols);
    for (int i = 0; i < kDraws; ++i)
        ++counts[table.draw(random)];
    double weights = 0;
    for (std::uint32_t i = 0; i < kSymbols; ++i)
        weights += 1.0 / (i + 5);
    for (std::uint32_t i = 0; i < kSymbols; ++i)
        EXPECT_NEAR(counts[i], kDraws / weights / (i + 5), 800) << i;
}

TEST(ActivityTable, DrawsTheOnlySymbol) {
    const ActivityTable table{1};
    Random random{5, 0};
    for (int i = 0; i < 1'000; ++i)
        ASSERT_EQ(table.draw(random), 0U);
}

}  // namespace
}  // namespace rxlab::feedsim::test
