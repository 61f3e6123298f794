// SPDX-License-Identifier: MIT
#include "bench/analysis/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace rxlab::bench {
namespace {

TEST(Normal, AgreesWithItsTable) {
    EXPECT_NEAR(normal_below(0), 0.5, 1e-12);
    EXPECT_NEAR(normal_below(-1.959964), 0.025, 1e-6);
    EXPECT_NEAR(normal_quantile(0.975), 1.959964, 1e-6);
    EXPECT_NEAR(normal_quantile(0.0005), -3.290527, 1e-6);
}

// Abramowitz and Stegun, table 26.10.
TEST(Student, AgreesWithItsTable) {
    EXPECT_NEAR(student_quantile(0.975, 7), 2.365, 0.005);
    EXPECT_NEAR(student_quantile(0.975, 19), 2.093, 0.001);
    EXPECT_NEAR(student_quantile(0.995, 9), 3.250, 0.01);
    EXPECT_NEAR(student_quantile(0.025, 19), -2.093, 0.001);
    EXPECT_NEAR(student_quantile(0.975, 1e6), 1.960, 0.001);
}

TEST(Student, BeyondAgreesWithItsTable) {
    EXPECT_NEAR(student_beyond(2.365, 7), 0.05, 1e-4);
    EXPECT_NEAR(student_beyond(-2.093, 19), 0.05, 1e-4);
    EXPECT_NEAR(student_beyond(3.169, 10), 0.01, 1e-4);
    EXPECT_NEAR(student_beyond(1, 1), 0.5, 1e-12);
    EXPECT_NEAR(student_beyond(0, 8), 1, 1e-12);
    EXPECT_LT(student_beyond(50, 7), 1e-8);
}

TEST(Resamples, DrawAsManyRoundsAsThereAreEachEquallyOften) {
    const auto draws = resamples(10, 2'000, 1);
    Weights sums(10);
    for (const Weights& weights : draws) {
        EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0U), 10U);
        for (std::size_t i = 0; i < weights.size(); ++i)
            sums[i] += weights[i];
    }
    for (const std::uint32_t sum : sums)
        EXPECT_NEAR(sum, 2'000, 200);
    EXPECT_EQ(draws, resamples(10, 2'000, 1)) << "a result can be computed again";
    EXPECT_NE(draws, resamples(10, 2'000, 2));
}

double mean_of(const std::vector<double>& values, const Weights& weights) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        sum += weights[i] * values[i];
    return sum / static_cast<double>(values.size());
}

// The mean of some rounds, drawn again and again.
Bootstrap bootstrap_of(const std::vector<double>& rounds, std::uint64_t seed = 1) {
    std::vector<double> means;
    for (const Weights& weights : resamples(rounds.size(), 2'000, seed))
        means.push_back(mean_of(rounds, weights));
    return {std::move(means), rounds.size()};
}

double p_value(const std::vector<double>& rounds) {
    return bootstrap_of(rounds).p_value(mean_of(rounds, Weights(rounds.size(), 1)));
}

// Over many campaigns, an interval holds the truth about as often as it says, and a difference is
// seldom seen where there is none. Normal rounds, and rounds of which one in ten is disturbed, as
// on a shared machine.
TEST(Bootstrap, IsRightAboutAsOftenAsItSays) {
    std::mt19937_64 random{7};
    std::normal_distribution<double> normal{0, 1};
    std::bernoulli_distribution is_disturbed{0.1};
    constexpr int kCampaigns = 400;
    for (const std::size_t rounds : {kRoundsForInterval, std::size_t{20}}) {
        for (const bool may_be_disturbed : {false, true}) {
            int held = 0, rejected = 0;
            for (int campaign = 0; campaign < kCampaigns; ++campaign) {
                std::vector<double> values(rounds);
                for (double& value : values) {
                    // Differences of two receivers: each may be disturbed.
                    value = normal(random) - normal(random);
                    if (may_be_disturbed && is_disturbed(random)) value += 20;
                    if (may_be_disturbed && is_disturbed(random)) value -= 20;
                }
                const Interval interval = bootstrap_of(values, random()).interval(0.95);
                held += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
                rejected += p_value(values) < 0.05 ? 1 : 0;
            }
            EXPECT_GE(held, 0.9 * kCampaigns) << rounds << " rounds, " << may_be_disturbed;
            EXPECT_LE(rejected, 0.08 * kCampaigns) << rounds << " rounds, " << may_be_disturbed;
        }
    }
}

TEST(Bootstrap, SeesWhatIsClear) {
    std::vector<double> rounds(20);
    for (std::size_t i = 0; i < rounds.size(); ++i)
        rounds[i] = 1 + 0.1 * static_cast<double>(i % 5);
    EXPECT_LT(p_value(rounds), 1e-6);
    EXPECT_GT(bootstrap_of(rounds).interval(0.95).low, 1);
    EXPECT_EQ(p_value({0, 0, 0, 0, 0, 0, 0, 0}), 1);
    EXPECT_EQ(p_value({1, 1, 1, 1, 1, 1, 1, 1}), 0);
    EXPECT_NEAR(p_value({-1, 1, -1, 1, -1, 1, -1, 1.1}), 0.97, 0.05);
}

TEST(Holm, AdjustsAsInItsPaper) {
    const std::vector<double> adjusted = holm(std::vector{0.01, 0.04, 0.03, 0.005});
    EXPECT_NEAR(adjusted[3], 0.02, 1e-12);
    EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
    EXPECT_NEAR(adjusted[2], 0.06, 1e-12);
    EXPECT_NEAR(adjusted[1], 0.06, 1e-12) << "never less than a smaller one's";
    EXPECT_TRUE(holm({}).empty());
    EXPECT_EQ(holm(std::vector{0.9, 0.8})[0], 1);
}

}  // namespace
}  // namespace rxlab::bench
