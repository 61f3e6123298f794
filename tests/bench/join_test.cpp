// SPDX-License-Identifier: MIT
#include "bench/analysis/join.hpp"

#include "synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace rxlab::bench {
namespace {

using synthetic::empty_traces;
using synthetic::ticks;
using synthetic::Traces;

// Adds a packet sent on schedule at `intended_ns`, sent 100 ns late.
void send(Traces& traces, std::uint64_t sequence, double intended_ns, std::uint16_t feed = 0) {
    traces.sender.push_back({sequence, ticks(intended_ns), ticks(intended_ns + 100), feed, 0, 1});
}

// Its arrival at `received_ns`, in the book 200 ns later.
void receive(Traces& traces, std::uint64_t sequence, double received_ns, std::uint16_t feed = 0) {
    traces.receiver.push_back({sequence, ticks(received_ns), ticks(received_ns + 200), feed, 0, 1});
}

Traces sent(std::uint64_t packets) {
    Traces traces = empty_traces();
    for (std::uint64_t i = 1; i <= packets; ++i)
        send(traces, i, 1e4 * static_cast<double>(i));
    return traces;
}

Joined join_all(const Traces& traces, const JoinOptions& options = {}) {
    return join(traces.sender_view(), traces.receiver_view(), options);
}

std::string why(const Traces& traces) {
    try {
        static_cast<void>(join_all(traces));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

TEST(Join, MeasuresFromTheIntendedSendTimeToTheUpdatedBook) {
    Traces traces = sent(1);
    receive(traces, 1, 1e4 + 1'000);
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.latency.histogram.max(), 1'200U);
    EXPECT_EQ(joined.sender_lag.histogram.max(), 100U);
    EXPECT_EQ(joined.path.histogram.max(), 900U);
    EXPECT_EQ(joined.book.histogram.max(), 200U);
}

TEST(Join, DividesThePathAtTheKernelsStampOfTheSamePacket) {
    Traces traces = sent(2);
    constexpr std::uint64_t kAge_ns = 300;
    traces.receiver.push_back({1, kAge_ns, ticks(1e4 + 1'000), 0, latency::kTraceKernelAge, 0});
    receive(traces, 1, 1e4 + 1'000);
    receive(traces, 2, 2e4 + 5'000);  // without a stamp
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.total, (Ledger{2, 2, 0, 0, 0, 0}));
    EXPECT_EQ(joined.path.histogram.count(), 2U);
    EXPECT_EQ(joined.arrival.histogram.count(), 1U);
    EXPECT_EQ(joined.arrival.histogram.max(), 600U);
    EXPECT_EQ(joined.delivery.histogram.count(), 1U);
    EXPECT_EQ(joined.delivery.histogram.max(), 300U);
}

TEST(Join, DividesThePathAtTheNicsStampOfTheSamePacket) {
    Traces traces = sent(3);
    traces.receiver.push_back({1, 700, ticks(1e4 + 1'000), 0, latency::kTraceNicAge, 0});
    traces.receiver.push_back({1, 300, ticks(1e4 + 1'000), 0, latency::kTraceKernelAge, 0});
    receive(traces, 1, 1e4 + 1'000);
    traces.receiver.push_back({2, 2'000, ticks(2e4 + 1'000), 0, latency::kTraceNicAge, 0});
    receive(traces, 2, 2e4 + 1'000);  // the stamp is older than the send call: the clock is off
    receive(traces, 3, 3e4 + 5'000);  // without a stamp
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.total, (Ledger{3, 3, 0, 0, 0, 0}));
    EXPECT_EQ(joined.wire.histogram.count(), 1U);
    EXPECT_EQ(joined.wire.histogram.max(), 200U);
    EXPECT_EQ(joined.wire.negative, 1U);
    EXPECT_EQ(joined.from_nic.histogram.count(), 2U);
    EXPECT_EQ(joined.arrival.histogram.count(), 1U);
    EXPECT_EQ(joined.arrival.histogram.max(), 600U);
    EXPECT_EQ(joined.delivery.histogram.max(), 300U);
}

TEST(Join, ClosesTheLedgerOfACleanRun) {
    const Traces traces = synthetic::make_traces(1, 2, 500, 10'000, {});
    const Joined joined = join_all(traces);
    ASSERT_EQ(joined.ledgers.size(), 2U);
    EXPECT_EQ(joined.ledgers[1], (Ledger{500, 500, 0, 0, 0, 0}));
    EXPECT_EQ(joined.total, (Ledger{1000, 1000, 0, 0, 0, 0}));
    EXPECT_EQ(joined.latency.histogram.count(), 1000U);
}

TEST(Join, CountsWhatNeverArrivedAsLost) {
    Traces traces = sent(3);
    receive(traces, 1, 1e4 + 500);
    receive(traces, 3, 3e4 + 500);
    EXPECT_EQ(join_all(traces).total, (Ledger{3, 2, 1, 0, 0, 0}));
}

TEST(Join, CountsAFeedThatNeverArrivedAsLost) {
    Traces traces = sent(2);
    send(traces, 1, 5e4, 3);
    receive(traces, 1, 1e4 + 500);
    receive(traces, 2, 2e4 + 500);
    const Joined joined = join_all(traces);
    ASSERT_EQ(joined.ledgers.size(), 4U);
    EXPECT_EQ(joined.ledgers[3], (Ledger{1, 0, 1, 0, 0, 0}));
}

TEST(Join, CountsFurtherCopiesApartAndMeasuresTheFirst) {
    Traces traces = sent(2);
    receive(traces, 1, 1e4 + 500);
    receive(traces, 2, 2e4 + 500);
    receive(traces, 1, 9e4);
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.total, (Ledger{2, 2, 0, 1, 0, 0}));
    EXPECT_EQ(joined.latency.histogram.max(), 700U);
}

TEST(Join, CountsArrivalAfterALaterPacketAsLate) {
    Traces traces = sent(4);
    for (std::uint64_t sequence : {1U, 3U, 2U, 4U}) {
        receive(traces, sequence, 1e5 + 1e3 * static_cast<double>(sequence));
    }
    EXPECT_EQ(join_all(traces).total, (Ledger{4, 4, 0, 0, 1, 0}));
}

TEST(Join, MeasuresLatenessAgainstTheNewestPacketSoFar) {
    Traces traces = sent(4);
    double now_ns = 1e5;
    for (std::uint64_t sequence : {1U, 4U, 2U, 3U})
        receive(traces, sequence, now_ns += 1e3);
    EXPECT_EQ(join_all(traces).total, (Ledger{4, 4, 0, 0, 2, 0}));
}

TEST(Join, IgnoresTheReceiversOwnFlags) {
    Traces traces = sent(1);
    receive(traces, 1, 1e4 + 500);
    traces.receiver[0].flags = latency::kTraceDuplicate | latency::kTraceLate;
    EXPECT_EQ(join_all(traces).total, (Ledger{1, 1, 0, 0, 0, 0}));
}

// An answer holds the messages of packets 2 and 3; the late original of 2 comes after it.
TEST(Join, LeavesRecoveredPacketsOutOfEveryFigure) {
    Traces traces = sent(4);
    receive(traces, 1, 1e4 + 500);
    receive(traces, 2, 9e4);
    traces.receiver.back().flags = latency::kTraceRecovered;
    receive(traces, 17, 9e4);  // begins within a packet
    traces.receiver.back().flags = latency::kTraceRecovered | latency::kTraceHeld;
    receive(traces, 4, 4e4 + 500);
    traces.receiver.back().flags = latency::kTraceHeld;
    Joined joined = join_all(traces);
    EXPECT_EQ(joined.total, (Ledger{4, 2, 2, 0, 0, 0}));
    EXPECT_EQ(joined.recovered, 2U);
    EXPECT_EQ(joined.held, 1U);
    EXPECT_EQ(joined.latency.histogram.count(), 2U);
    EXPECT_EQ(joined.latency.histogram.max(), 700U);
    receive(traces, 2, 9e4 + 100);
    joined = join_all(traces);
    EXPECT_EQ(joined.total, (Ledger{4, 3, 1, 0, 1, 0}));
}

TEST(Join, CountsPacketsThatTheSenderDidNotSend) {
    Traces traces = sent(2);
    receive(traces, 1, 1e4 + 500);
    receive(traces, 2, 2e4 + 500);
    receive(traces, 77, 3e4);
    receive(traces, 1, 3e4, 9);
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.total.unexpected, 2U);
    EXPECT_EQ(joined.ledgers[9].unexpected, 1U);
    EXPECT_EQ(joined.total.received, 2U);
}

TEST(Join, AcceptsASenderTraceOutOfOrder) {
    Traces traces = sent(5);
    std::reverse(traces.sender.begin(), traces.sender.end());
    for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
        receive(traces, sequence, 1e4 * static_cast<double>(sequence) + 500);
    }
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.total, (Ledger{5, 5, 0, 0, 0, 0}));
    EXPECT_EQ(joined.latency.histogram.max(), 700U);
}

TEST(Join, CountsNegativeLatenciesAndClampsNone) {
    Traces traces = sent(2);
    receive(traces, 1, 1e4 - 5'000);
    receive(traces, 2, 2e4 + 500);
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.latency.negative, 1U);
    EXPECT_EQ(joined.path.negative, 1U);
    EXPECT_EQ(joined.latency.histogram.count(), 1U);
    EXPECT_EQ(joined.latency.histogram.min(), 700U);
}

TEST(Join, LeavesTheWarmUpOutOfTheFiguresButNotOutOfTheLedger) {
    const Traces traces = synthetic::make_traces(1, 2, 1'000, 10'000, {});
    const Joined joined = join_all(traces, {.warmup_s = 0.01, .timeline_bin_s = 0});
    EXPECT_EQ(joined.total.received, 2'000U);
    EXPECT_EQ(joined.latency.histogram.count(), 1'800U);
}

TEST(Join, SubtractsTicksBeforeItConvertsThem) {
    Traces traces = empty_traces();
    const latency::Ticks uptime = latency::Ticks{1} << 60;  // beyond the precision of a double
    traces.sender.push_back({1, uptime, uptime + 25, 0, 0, 1});
    traces.receiver.push_back({1, uptime + 250, uptime + 500, 0, 0, 1});
    EXPECT_EQ(join_all(traces).latency.histogram.max(), 200U);
}

TEST(Join, ConvertsWithTheMeanOfBothRates) {
    Traces traces = sent(1);
    receive(traces, 1, 1e4 + 500);
    traces.sender_header.run_ticks_per_ns = 2.0;
    traces.receiver_header.run_ticks_per_ns = 3.0;
    EXPECT_DOUBLE_EQ(join_all(traces).ticks_per_ns, 2.5);
}

TEST(Join, RefusesADamagedClockRate) {
    for (const double rate : {1e-300, 1e300}) {
        Traces traces = sent(1);
        traces.sender_header.run_ticks_per_ns = rate;
        EXPECT_NE(why(traces).find("which no clock has"), std::string::npos) << why(traces);
    }
}

TEST(Join, MakesNoTimelineAsLongAsADamagedStamp) {
    Traces traces = sent(1);
    receive(traces, 1, 1e4 + 500);
    traces.sender.push_back({2, latency::Ticks{1} << 62, latency::Ticks{1} << 62, 0, 0, 1});
    traces.receiver.push_back({2, latency::Ticks{1} << 62, latency::Ticks{1} << 62, 0, 0, 1});
    EXPECT_EQ(join_all(traces).total.received, 2U);
    EXPECT_THROW((void)join_all(traces, {.warmup_s = 0, .timeline_bin_s = 0.05}),
                 std::runtime_error);
}

TEST(Join, RefusesDifferentClocks) {
    Traces traces = sent(1);
    traces.receiver_header.clock_source = latency::ClockSource::monotonic_raw;
    EXPECT_NE(why(traces).find("cannot be compared"), std::string::npos) << why(traces);
}

TEST(Join, RefusesATraceWhoseWriterDidNotFinish) {
    Traces traces = sent(1);
    traces.receiver_header.run_ticks_per_ns = 0;
    EXPECT_NE(why(traces).find("receiver's trace has no clock rate"), std::string::npos);
}

TEST(Join, RefusesTracesInTheWrongOrder) {
    const Traces traces = sent(1);
    EXPECT_THROW(static_cast<void>(join(traces.receiver_view(), traces.sender_view(), {})),
                 std::runtime_error);
    EXPECT_THROW(static_cast<void>(join(traces.sender_view(), traces.sender_view(), {})),
                 std::runtime_error);
}

TEST(Join, RefusesASequenceNumberSentTwice) {
    Traces traces = sent(2);
    send(traces, 2, 5e4);
    EXPECT_NE(why(traces).find("sequence 2 twice"), std::string::npos) << why(traces);
}

TEST(Join, OfEmptyTracesIsEmpty) {
    const Joined joined = join_all(empty_traces(), {.warmup_s = 0, .timeline_bin_s = 0.05});
    EXPECT_EQ(joined.total, Ledger{});
    EXPECT_TRUE(joined.timeline.empty());
}

// Every packet is late for the one before: the slow path of the search.
TEST(Join, FindsEveryPacketOfAShuffledTrace) {
    Traces traces = synthetic::make_traces(3, 1, 5'000, 10'000, {});
    synthetic::Random random(9);
    for (std::size_t i = traces.receiver.size() - 1; i > 0; --i) {
        std::swap(traces.receiver[i], traces.receiver[random.next() % (i + 1)]);
    }
    const Joined joined = join_all(traces);
    EXPECT_EQ(joined.total.received, 5'000U);
    EXPECT_EQ(joined.total.lost + joined.total.unexpected + joined.total.duplicates, 0U);
}

TEST(Timeline, BinsByIntendedTimeAndLeavesOutTheWarmUp) {
    const Traces traces = synthetic::make_traces(1, 1, 4'000, 10'000, {});
    const Joined joined = join_all(traces, {.warmup_s = 0.1, .timeline_bin_s = 0.1});
    ASSERT_EQ(joined.timeline.size(), 3U);
    EXPECT_DOUBLE_EQ(joined.timeline[0].t_s, 0.1);
    EXPECT_EQ(joined.timeline[0].count, 1'000U);
    EXPECT_TRUE(joined.timeline[0].p90_ns);
    EXPECT_FALSE(joined.timeline[0].p99_ns) << "10 samples beyond it";
    std::uint64_t warm = 0;
    for (const auto& [bucket, packets] : *joined.timeline[0].heat) {
        warm += packets;
        EXPECT_LE(std::pow(10, static_cast<double>(bucket) / kHeatPerDecade),
                  *joined.timeline[0].max_ns + 1);
    }
    EXPECT_EQ(warm, 1'000U) << "each packet has a place in the heat map";
}

TEST(Timeline, HasABinWithoutPacketsWhereNoneArrived) {
    Traces traces = sent(3);
    traces.sender[2].first = ticks(1e4 + 0.25e9);
    traces.sender[2].second = traces.sender[2].first;
    receive(traces, 1, 1e4 + 500);
    receive(traces, 3, 1e4 + 0.25e9 + 500);
    const Joined joined = join_all(traces, {.warmup_s = 0, .timeline_bin_s = 0.1});
    ASSERT_EQ(joined.timeline.size(), 3U);
    EXPECT_EQ(joined.timeline[1].count, 0U);
    EXPECT_FALSE(joined.timeline[1].max_ns);
}

TEST(TimelineBin, IsLongEnoughForP90) {
    EXPECT_DOUBLE_EQ(timeline_bin_s(10'000), 0.1);
    EXPECT_DOUBLE_EQ(timeline_bin_s(40'000), 0.05);
    EXPECT_DOUBLE_EQ(timeline_bin_s(1'000), 1.0);
}

}  // namespace
}  // namespace rxlab::bench
