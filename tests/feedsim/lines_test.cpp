// SPDX-License-Identifier: MIT
//
// Both lines of a feed in virtual time, through the sender.
#include "feedsim/impair/lines.hpp"

#include "fakes.hpp"
#include "feedsim/send/sender.hpp"

#include <rxlab/latency/trace.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <set>

namespace rxlab::feedsim::test {
namespace {

static_assert(static_cast<int>(Mark::dropped) == latency::kTraceDropped);
static_assert(static_cast<int>(Mark::duplicated) == latency::kTraceDuplicated);
static_assert(static_cast<int>(Mark::reordered) == latency::kTraceReordered);
static_assert(static_cast<int>(Mark::delayed) == latency::kTraceDelayed);
static_assert(static_cast<int>(Mark::corrupted) == latency::kTraceCorrupted);
static_assert(static_cast<int>(Mark::truncated) == latency::kTraceTruncated);

class LinesTest : public testing::Test {
  protected:
    void run(const ImpairmentOptions& a, const ImpairmentOptions& b, const SkewOptions& skew,
             std::uint64_t messages, latency::TraceWriter* trace = nullptr) {
        timeline_.emplace();
        std::vector<Line> lines;
        lines.push_back({std::make_unique<RecordingTransmitter>(log_a_), Impairment{a, 1, 0}});
        lines.push_back({std::make_unique<RecordingTransmitter>(log_b_), Impairment{b, 1, 1}});
        std::vector<Feed> feeds;
        feeds.push_back({std::make_unique<FeedStream>(std::make_unique<CountingSource>(messages),
                                                      StreamOptions{.session = "LINES"}),
                         Schedule{{.rate_pps = 1'000}},
                         std::make_unique<Lines>(std::move(lines), Skew{skew, 1, 0}, 1.0)});
        sender_.emplace(std::move(feeds), SenderOptions{}, *timeline_, trace);
        const std::atomic<bool> stop{false};
        EXPECT_EQ(sender_->run(1'000, stop), EndedBy::done);
    }
    [[nodiscard]] const Lines& lines() const {
        return dynamic_cast<const Lines&>(*sender_->feeds().front().transmitter);
    }
    static std::vector<Sent> data(const std::vector<Sent>& log) {
        std::vector<Sent> result;
        for (const Sent& sent : log) {
            if (sent.count != 0 && sent.count != 0xffff) result.push_back(sent);
        }
        return result;
    }

    std::vector<Sent> log_a_;
    std::vector<Sent> log_b_;
    std::optional<VirtualTimeline> timeline_;
    std::optional<Sender> sender_;
};

TEST_F(LinesTest, CarryTheSamePacketsAndEndsOfSession) {
    run({}, {}, {}, 100);
    ASSERT_EQ(log_a_.size(), 110U);
    ASSERT_EQ(log_b_.size(), 110U);
    for (std::size_t i = 0; i < log_a_.size(); ++i)
        EXPECT_EQ(log_a_[i].payload, log_b_[i].payload);
}

TEST_F(LinesTest, ComeTheSkewApartWithTheFirstOnTime) {
    run({}, {}, {0, 3'000}, 10);
    for (std::size_t k = 0; k < 10; ++k) {
        EXPECT_EQ(log_a_[k].time, 1'000 + k * kMillisecond_ns);
        EXPECT_EQ(log_b_[k].time, 4'000 + k * kMillisecond_ns);
    }
    log_a_.clear();
    log_b_.clear();
    run({}, {}, {0, -3'000}, 10);
    for (std::size_t k = 0; k < 10; ++k) {
        EXPECT_EQ(log_b_[k].time, 1'000 + k * kMillisecond_ns);
        EXPECT_EQ(log_a_[k].time, 4'000 + k * kMillisecond_ns);
    }
}

TEST_F(LinesTest, KeepTheOrderOfALineUnderASkewLongerThanTheGap) {
    run({}, {}, {100, 0}, 500);  // up to a millisecond, a gap
    for (const auto* log : {&log_a_, &log_b_}) {
        const auto packets = data(*log);
        ASSERT_EQ(packets.size(), 500U);
        for (std::size_t k = 0; k < packets.size(); ++k)
            EXPECT_EQ(packets[k].sequence, k + 1);
    }
}

TEST_F(LinesTest, LoseIndependentlyAndCountWhatBothLost) {
    run({.drop = 0.2}, {.drop = 0.3}, {}, 5'000);
    std::set<std::uint64_t> received;
    for (const auto* log : {&log_a_, &log_b_}) {
        for (const Sent& sent : data(*log))
            received.insert(sent.sequence);
    }
    EXPECT_EQ(received.size() + lines().lost_messages(), 5'000U);
    EXPECT_EQ(lines().lost_packets(), lines().lost_messages());
    EXPECT_NEAR(static_cast<double>(lines().lost_packets()), 300, 60);
    const auto& a = lines().lines()[0].impairment.counters();
    EXPECT_EQ(data(log_a_).size(), a.packets - a.dropped_packets);
    EXPECT_EQ(sender_->counters().front().packets, 5'000U) << "what was meant to be sent";
}

TEST_F(LinesTest, SendEverythingThatWasHeldBeforeTheEnd) {
    run({.reorder = 0.5, .reorder_packets = 1'000}, {.delay = 0.5, .delay_ns = 900'000'000}, {},
        500);
    for (const auto* log : {&log_a_, &log_b_}) {
        EXPECT_EQ(data(*log).size(), 500U);
        EXPECT_EQ(log->size(), 510U);
        EXPECT_EQ(log->back().count, 0xffff);
        EXPECT_EQ((*log)[499].count, 1U) << "data after the first end of session";
    }
}

TEST_F(LinesTest, MarkTheTraceWithWhatWasDone) {
    const auto path =
        std::filesystem::temp_directory_path() / ("lines_test." + std::to_string(getpid()));
    {
        latency::TraceWriter trace{path, latency::TraceKind::sender, 1'000,
                                   latency::Clock{latency::ClockSource::monotonic_raw}};
        run({.drop = 0.5}, {.duplicate = 1.0}, {}, 1'000, &trace);
    }
    const latency::TraceReader trace{path};
    std::filesystem::remove(path);
    std::set<std::uint64_t> received;
    for (const Sent& sent : data(log_a_))
        received.insert(sent.sequence);
    ASSERT_EQ(trace.records().size(), 1'000U);
    for (const latency::TraceRecord& record : trace.records()) {
        EXPECT_EQ((record.flags & latency::kTraceDropped) != 0,
                  !received.contains(record.sequence));
        EXPECT_EQ(record.flags >> latency::kTraceLineBShift, latency::kTraceDuplicated);
    }
}

}  // namespace
}  // namespace rxlab::feedsim::test
