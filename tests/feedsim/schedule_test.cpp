// SPDX-License-Identifier: MIT
#include "feedsim/market/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

TEST(MarketOpen, HasTheRecordedRateMedianGapAndMessages) {
    constexpr int kPackets = 200'000;
    Schedule schedule{{.profile = Profile::market_open, .rate_pps = kMarketOpenPps}};
    std::vector<std::uint64_t> gaps_ns;
    std::uint64_t before_ns = schedule.next_ns();
    for (int i = 0; i < kPackets; ++i) {
        const std::uint64_t due_ns = schedule.next_ns();
        ASSERT_GE(due_ns, before_ns);
        gaps_ns.push_back(due_ns - before_ns);
        before_ns = due_ns;
    }
    EXPECT_NEAR(kPackets / (static_cast<double>(before_ns) * 1e-9), kMarketOpenPps, 1'500);
    std::nth_element(gaps_ns.begin(), gaps_ns.begin() + kPackets / 2, gaps_ns.end());
    EXPECT_NEAR(static_cast<double>(gaps_ns[kPackets / 2]), 4'000, 100);
    Random random{1, 0};
    std::uint64_t messages = 0;
    std::uint32_t most = 0, fewest = 100;
    for (int i = 0; i < kPackets; ++i) {
        const std::uint32_t n = draw_open_messages(random);
        messages += n;
        most = std::max(most, n);
        fewest = std::min(fewest, n);
    }
    EXPECT_NEAR(static_cast<double>(messages) / kPackets, 2.7, 0.03);
    EXPECT_EQ(most, kMarketOpenMessagesMax);
    EXPECT_EQ(fewest, 1U);
}

TEST(ConstantSchedule, DoesNotDrift) {
    const Schedule schedule{{.rate_pps = 30'000}};  // a gap of 33,333.3 ns
    EXPECT_EQ(schedule.constant_ns(30'000), kSecond_ns);
    EXPECT_EQ(schedule.constant_ns(1'000'000'000), 33'333'333'333'333U);
    EXPECT_EQ(schedule.constant_ns(30'000ULL * 86'400), 86'400 * kSecond_ns);
}

TEST(ConstantSchedule, KeepsFractionalRates) {
    EXPECT_EQ((Schedule{{.rate_pps = 0.5}}.constant_ns(3)), 6 * kSecond_ns);
    EXPECT_EQ((Schedule{{.rate_pps = 2.5}}.constant_ns(5)), 2 * kSecond_ns);
}

TEST(ConstantSchedule, NextWalksThroughTheSamePlan) {
    Schedule schedule{{.rate_pps = 7'000, .feed = 1, .feeds = 3}};
    for (std::uint64_t k = 0; k < 10'000; ++k)
        ASSERT_EQ(schedule.next_ns(), schedule.constant_ns(k));
}

TEST(ConstantSchedule, StaggersFeedsEvenly) {
    for (std::uint32_t feed = 0; feed < 4; ++feed) {
        Schedule schedule{{.rate_pps = 10'000, .feed = feed, .feeds = 4}};
        EXPECT_EQ(schedule.next_ns(), feed * 25'000U);
        EXPECT_EQ(schedule.next_ns(), 100'000U + feed * 25'000U);
    }
}

TEST(PoissonSchedule, HasTheAskedRateAndExponentialGaps) {
    constexpr std::uint64_t kPackets = 1'000'000;
    Schedule schedule{{.profile = Profile::poisson, .rate_pps = 20'000}};
    double squares = 0;
    std::uint64_t last_ns = 0;
    std::uint64_t above_mean = 0;
    for (std::uint64_t k = 0; k < kPackets; ++k) {
        const std::uint64_t due_ns = schedule.next_ns();
        ASSERT_GE(due_ns, last_ns);
        const auto gap_ns = static_cast<double>(due_ns - last_ns);
        squares += gap_ns * gap_ns;
        above_mean += gap_ns > 50'000;
        last_ns = due_ns;
    }
    const double mean_ns = static_cast<double>(last_ns) / kPackets;
    EXPECT_NEAR(mean_ns, 50'000, 250);
    EXPECT_NEAR(std::sqrt(squares / kPackets - mean_ns * mean_ns), 50'000, 500);
    EXPECT_NEAR(static_cast<double>(above_mean) / kPackets, std::exp(-1.0), 0.002);
}

TEST(PoissonSchedule, IsTheSameForTheSameSeedAndAnotherForEachFeed) {
    Schedule one{{.profile = Profile::poisson, .seed = 9}};
    Schedule same{{.profile = Profile::poisson, .seed = 9}};
    Schedule other_seed{{.profile = Profile::poisson, .seed = 10}};
    Schedule other_feed{{.profile = Profile::poisson, .feed = 1, .feeds = 2, .seed = 9}};
    int equal_seeds = 0;
    int equal_feeds = 0;
    for (int k = 0; k < 1'000; ++k) {
        const std::uint64_t due_ns = one.next_ns();
        ASSERT_EQ(due_ns, same.next_ns());
        equal_seeds += due_ns == other_seed.next_ns();
        equal_feeds += due_ns == other_feed.next_ns();
    }
    EXPECT_LT(equal_seeds, 5);
    EXPECT_LT(equal_feeds, 5);
}

TEST(MicroburstSchedule, MakesSoManyPacketsDueAtOnceAndKeepsTheRate) {
    Schedule schedule{{.profile = Profile::microburst, .rate_pps = 10'000, .burst = 4}};
    for (std::uint64_t k = 0; k < 1'000; ++k)
        ASSERT_EQ(schedule.next_ns(), k / 4 * 400'000) << k;
}

TEST(MicroburstSchedule, OfOnePacketIsConstantSpacing) {
    Schedule bursts{{.profile = Profile::microburst, .feed = 1, .feeds = 2, .burst = 1}};
    Schedule constant{{.profile = Profile::constant, .feed = 1, .feeds = 2}};
    for (int k = 0; k < 1'000; ++k)
        ASSERT_EQ(bursts.next_ns(), constant.next_ns());
}

TEST(Schedule, RefusesRatesOutOfRange) {
    for (const double rate_pps : {0.0, -1.0, 1e10, std::nan("")})
        EXPECT_THROW((Schedule{{.rate_pps = rate_pps}}), std::invalid_argument) << rate_pps;
}

}  // namespace
}  // namespace rxlab::feedsim::test
