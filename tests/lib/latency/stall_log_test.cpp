// SPDX-License-Identifier: MIT
#include <rxlab/latency/stall_log.hpp>

#include <gtest/gtest.h>

namespace rxlab::latency {
namespace {

TEST(StallLog, NotesTurnsAboveItsThresholdOnly) {
    StallLog log{10};
    log.begin(1'000, 2.0);  // 10 µs are 20,000 ticks
    log.turn(21'000, 0);
    log.turn(41'001, 3);
    log.turn(41'002, 0);
    ASSERT_EQ(log.stalls().size(), 1U);
    EXPECT_EQ(log.stalls()[0].from, 21'000U);
    EXPECT_EQ(log.stalls()[0].to, 41'001U);
    EXPECT_EQ(log.stalls()[0].packets, 3U);
}

TEST(StallLog, DoesNotCountAPauseThatWasWanted) {
    StallLog log{10};
    log.begin(0, 1.0);
    log.resume(1'000'000);
    log.turn(1'000'001, 0);
    EXPECT_TRUE(log.stalls().empty());
}

TEST(StallLog, CountsWhatDoesNotFit) {
    StallLog log{1};
    log.begin(0, 1.0);
    for (Ticks i = 1; i <= StallLog::kCapacity + 5; ++i)
        log.turn(i * 10'000, 0);
    EXPECT_EQ(log.stalls().size(), StallLog::kCapacity);
    EXPECT_EQ(log.overflow(), 5U);
}

}  // namespace
}  // namespace rxlab::latency
