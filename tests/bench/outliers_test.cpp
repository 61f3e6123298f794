// SPDX-License-Identifier: MIT
#include "bench/analysis/outliers.hpp"

#include "synthetic.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace rxlab::bench {
namespace {

using synthetic::kTicksPerNs;
using synthetic::ticks;

constexpr double kFirst_ns = 1e6, kGap_ns = 100'000;
constexpr std::size_t kPackets = 50;

struct Times {
    double intended, sent, received, booked;
};

// One packet every 100 µs, each 2 µs from send to receive and 0.5 µs to the book, changed by
// `change` before they are written down.
Joined joined_with(const std::function<void(std::vector<Times>&)>& change) {
    std::vector<Times> times;
    for (std::size_t i = 0; i < kPackets; ++i) {
        const double at = kFirst_ns + kGap_ns * static_cast<double>(i);
        times.push_back({at, at + 100, at + 2'100, at + 2'600});
    }
    change(times);
    synthetic::Traces traces = synthetic::empty_traces();
    for (std::size_t i = 0; i < times.size(); ++i) {
        const Times& t = times[i];
        traces.sender.push_back({i + 1, ticks(t.intended), ticks(t.sent), 0, 0, 1});
        traces.receiver.push_back({i + 1, ticks(t.received), ticks(t.booked), 0, 0, 1});
    }
    return join(traces.sender_view(), traces.receiver_view(), {0, 0, true});
}

latency::Stall stall(double from_ns, double to_ns, std::uint32_t switches,
                     std::uint32_t packets = 0) {
    return {ticks(from_ns), ticks(to_ns), switches, packets};
}

double due(std::size_t packet) {
    return kFirst_ns + kGap_ns * static_cast<double>(packet);
}

// Packet 20 arrives when the stall is over, 50 µs late.
void delay_packet_20(std::vector<Times>& times) {
    times[20].received += 50'000;
    times[20].booked += 50'000;
}

Outlier worst(const Joined& joined, const StallsOfRun& stalls, bool sleeps = false) {
    return attribute(joined, stalls, {.count = 1, .sleeps = sleeps}).at(0);
}

TEST(Attribution, NamesTheSenderThatWasLate) {
    const Joined joined = joined_with([](std::vector<Times>& times) {
        for (double Times::*stamp : {&Times::sent, &Times::received, &Times::booked})
            times[20].*stamp += 50'000;
    });
    const Outlier outlier = worst(joined, {});
    EXPECT_EQ(outlier.sequence, 21U);
    EXPECT_EQ(to_string(outlier.cause), "sender_late");
    EXPECT_NEAR(outlier.latency_ns, 52'600, 1);
    EXPECT_NEAR(outlier.explained_ns, 50'000, 200);
}

TEST(Attribution, NamesTheCoreThatWasStolen) {
    const Joined joined = joined_with(delay_packet_20);
    const StallsOfRun stalls{{}, {stall(due(20) - 10'000, due(20) + 51'000, 0)}};
    EXPECT_EQ(to_string(worst(joined, stalls).cause), "core_stolen");
}

TEST(Attribution, NamesTheContextSwitch) {
    const Joined joined = joined_with(delay_packet_20);
    const StallsOfRun stalls{{}, {stall(due(20) - 10'000, due(20) + 51'000, 1)}};
    EXPECT_EQ(to_string(worst(joined, stalls).cause), "context_switch");
}

TEST(Attribution, CountsTheSendersCoreToo) {
    const Joined joined = joined_with(delay_packet_20);
    const StallsOfRun stalls{{stall(due(20) + 100, due(20) + 50'000, 0)}, {}};
    EXPECT_EQ(to_string(worst(joined, stalls).cause), "core_stolen");
}

TEST(Attribution, TakesNoGapOfAnotherTime) {
    const Joined joined = joined_with(delay_packet_20);
    const StallsOfRun stalls{{}, {stall(due(18), due(19), 0), stall(due(21), due(22), 1)}};
    const Outlier outlier = worst(joined, stalls);
    EXPECT_EQ(to_string(outlier.cause), "unexplained");
    EXPECT_EQ(outlier.explained_ns, 0);
}

TEST(Attribution, TakesNoGapThatExplainsLessThanHalf) {
    const Joined joined = joined_with(delay_packet_20);
    const StallsOfRun stalls{{}, {stall(due(20) + 1'000, due(20) + 24'000, 0)}};
    EXPECT_EQ(to_string(worst(joined, stalls).cause), "unexplained");
}

TEST(Attribution, TakesWorkOnPacketsForNoGap) {
    const Joined joined = joined_with(delay_packet_20);
    const StallsOfRun stalls{{}, {stall(due(20), due(20) + 51'000, 0, 34)}};
    EXPECT_EQ(to_string(worst(joined, stalls).cause), "unexplained");
}

// A stall of 3 ms: 30 packets wait, and those that were sent after it wait for the others.
TEST(Attribution, GivesAQueueTheCauseOfTheGapInFrontOfIt) {
    const double back = due(10) + 1'000'000;
    const Joined joined = joined_with([&](std::vector<Times>& times) {
        double free = back;
        for (std::size_t i = 10; i < 25; ++i) {
            times[i].received = std::max(times[i].received, free);
            times[i].booked = times[i].received + 150'000;  // slow to catch up
            free = times[i].booked;
        }
    });
    const StallsOfRun stalls{{}, {stall(due(10) - 1'000, back, 1)}};
    const std::vector<Outlier> outliers = attribute(joined, stalls, {.count = 12, .sleeps = false});
    ASSERT_EQ(outliers.size(), 12U);
    for (const Outlier& outlier : outliers)
        EXPECT_EQ(to_string(outlier.cause), "context_switch") << outlier.sequence;
}

TEST(Attribution, NamesABurst) {
    const Joined joined = joined_with([](std::vector<Times>& times) {
        for (std::size_t i = 20; i < 30; ++i) {  // sent together, served one by one
            times[i].intended = due(20);
            times[i].sent = due(20) + 100;
            times[i].received = due(20) + 2'100 + 6'000 * static_cast<double>(i - 20);
            times[i].booked = times[i].received + 6'000;
        }
    });
    const Outlier outlier = worst(joined, {});
    EXPECT_EQ(outlier.sequence, 30U);
    EXPECT_EQ(to_string(outlier.cause), "queued");
}

TEST(Attribution, LetsASleeperWaitForItsContextSwitch) {
    EXPECT_EQ(to_string(worst(joined_with(delay_packet_20), {}, true).cause), "context_switch");
    EXPECT_EQ(to_string(worst(joined_with(delay_packet_20), {}, false).cause), "unexplained");
}

TEST(Attribution, LeavesTheWarmUpOut) {
    synthetic::Traces traces = synthetic::make_traces(1, 1, 1'000, 10'000, {});
    traces.receiver[5].second += ticks(1e6);
    const Joined joined = join(traces.sender_view(), traces.receiver_view(), {0.01, 0, true});
    EXPECT_NE(attribute(joined, {}, {.count = 1, .sleeps = false}).at(0).sequence, 6U);
}

TEST(Outliers, AreTheSlowestOfAllRoundsWithTheirShare) {
    std::vector<Outlier> all;
    for (int i = 0; i < 150; ++i) {
        Outlier outlier;
        outlier.latency_ns = i;
        outlier.cause = i < 60 ? Cause::unexplained : Cause::core_stolen;
        all.push_back(outlier);
    }
    const Outliers outliers = outliers_of(std::move(all));
    ASSERT_EQ(outliers.packets.size(), 100U);
    EXPECT_EQ(outliers.packets.front().latency_ns, 149);
    EXPECT_EQ(outliers.by_cause.core_stolen, 90U);
    EXPECT_EQ(outliers.by_cause.unexplained, 10U);
    EXPECT_DOUBLE_EQ(*outliers.attributed_percent, 90);
    EXPECT_FALSE(outliers_of({}).attributed_percent);
}

TEST(Stalls, AreSummedWithoutTheLoopsOwnWork) {
    const std::vector<latency::Stall> stalls{
        {0, 25'000, 0, 0}, {50'000, 100'000, 1, 3}, {200'000, 300'000, 0, 5}};
    const StallSummary summary = summarise_stalls(stalls, kTicksPerNs);
    EXPECT_EQ(summary.count, 2U);
    EXPECT_EQ(summary.with_switch, 1U);
    EXPECT_DOUBLE_EQ(summary.total_ns, 30'000);
    EXPECT_DOUBLE_EQ(summary.longest_ns, 20'000);
    EXPECT_DOUBLE_EQ(*summary.switched_ns, 20'000);
    EXPECT_DOUBLE_EQ(*summary.long_ns, 0);
}

TEST(Stalls, LongerThanAnyWorkOfATurnCountWhateverTheTurnDid) {
    const auto at = [](double ns) { return static_cast<latency::Ticks>(ns * kTicksPerNs); };
    const std::vector<latency::Stall> stalls{{at(0), at(kLongStall_ns - 1'000), 0, 1},
                                             {at(1e6), at(1e6 + kLongStall_ns + 1'000), 0, 1},
                                             {at(2e6), at(2e6 + 5 * kLongStall_ns), 0, 0}};
    const StallSummary summary = summarise_stalls(stalls, kTicksPerNs);
    EXPECT_EQ(summary.count, 2U);
    EXPECT_DOUBLE_EQ(*summary.switched_ns, 0);
    EXPECT_DOUBLE_EQ(*summary.long_ns, 6 * kLongStall_ns + 1'000);
    EXPECT_DOUBLE_EQ(summary.total_ns, *summary.long_ns);
}

}  // namespace
}  // namespace rxlab::bench
