// SPDX-License-Identifier: MIT
//
// The sender in virtual time: everything but the socket and the spinning.
#include "feedsim/send/sender.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>

namespace rxlab::feedsim::test {
namespace {

struct Plan {
    std::uint32_t feeds = 1;
    double rate_pps = 1'000;
    std::uint64_t messages = 10;
    std::uint32_t messages_per_packet = 1;
    std::size_t fail_from = ~std::size_t{0};
    SendResult fail_with = SendResult::refused;
};

std::vector<Feed> make_feeds(const Plan& plan, std::vector<Sent>& log) {
    std::vector<Feed> feeds;
    for (std::uint32_t i = 0; i < plan.feeds; ++i) {
        const std::string session = "SESSION00" + std::to_string(i);
        feeds.push_back(
            {std::make_unique<FeedStream>(
                 std::make_unique<CountingSource>(plan.messages),
                 StreamOptions{.session = wire::mold::Session{session},
                               .messages_per_packet = plan.messages_per_packet}),
             Schedule{{.rate_pps = plan.rate_pps, .feed = i, .feeds = plan.feeds}},
             std::make_unique<RecordingTransmitter>(log, plan.fail_from, plan.fail_with)});
    }
    return feeds;
}

std::vector<Sent> with_count(const std::vector<Sent>& log, std::uint16_t low, std::uint16_t high) {
    std::vector<Sent> found;
    std::copy_if(log.begin(), log.end(), std::back_inserter(found),
                 [&](const Sent& sent) { return sent.count >= low && sent.count <= high; });
    return found;
}
std::vector<Sent> data_packets(const std::vector<Sent>& log) {
    return with_count(log, 1, 0xfffe);
}
std::vector<Sent> heartbeats(const std::vector<Sent>& log) {
    return with_count(log, 0, 0);
}
std::vector<Sent> ends(const std::vector<Sent>& log) {
    return with_count(log, 0xffff, 0xffff);
}

// Time passes only while resting, but each packet's preparation and sending can be made slow.
class SlowTimeline final : public Timeline {
  public:
    latency::Ticks now() noexcept override { return now_ += step_; }
    double ticks_per_ns() const noexcept override { return 1.0; }
    bool rest(latency::Ticks, latency::Ticks due) noexcept override {
        now_ = due;
        return true;
    }
    void set_step(latency::Ticks step) noexcept { step_ = step; }

  private:
    latency::Ticks now_ = 0;
    latency::Ticks step_ = 0;
};

class SenderTest : public testing::Test {
  protected:
    EndedBy run(const Plan& plan, SenderOptions how = {}, latency::Ticks start = 1'000) {
        sender_.emplace(make_feeds(plan, log_), how, timeline_, nullptr);
        return sender_->run(start, stop_);
    }

    std::vector<Sent> log_;
    VirtualTimeline timeline_;
    std::atomic<bool> stop_{false};
    std::optional<Sender> sender_;
};

TEST_F(SenderTest, SendsEachPacketAtItsIntendedTime) {
    EXPECT_EQ(run({}), EndedBy::done);
    const auto packets = data_packets(log_);
    ASSERT_EQ(packets.size(), 10U);
    for (std::size_t k = 0; k < packets.size(); ++k) {
        EXPECT_EQ(packets[k].time, 1'000 + k * kMillisecond_ns);
        EXPECT_EQ(packets[k].sequence, k + 1);
    }
    EXPECT_EQ(sender_->pacing_ns().max(), 0U);
    EXPECT_EQ(sender_->pacing_ns().count(), 10U);
}

// A send that wakes a sleeping receiver takes more than 10 us: that is the sender's own work,
// nobody took its core.
TEST_F(SenderTest, MarksTurnsThatSentAsWork) {
    SlowTimeline timeline;
    timeline.set_step(12'000);
    latency::StallLog stalls{10};
    Sender sender{make_feeds({}, log_), {}, timeline, nullptr, &stalls};
    EXPECT_EQ(sender.run(1'000'000, stop_), EndedBy::done);
    const auto worked = [](const latency::Stall& gap) { return gap.packets != 0; };
    const auto of_work = std::count_if(stalls.stalls().begin(), stalls.stalls().end(), worked);
    EXPECT_EQ(static_cast<std::size_t>(of_work), log_.size() - 1);  // the last turn has no end
    EXPECT_TRUE(std::none_of(stalls.stalls().begin(), stalls.stalls().begin() + 1, worked));
}

TEST_F(SenderTest, MergesFeedsByTime) {
    EXPECT_EQ(run({.feeds = 4}), EndedBy::done);
    const auto packets = data_packets(log_);
    ASSERT_EQ(packets.size(), 40U);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        EXPECT_EQ(packets[i].time, 1'000 + i * kMillisecond_ns / 4);
        EXPECT_EQ(packets[i].session, "SESSION00" + std::to_string(i % 4));
    }
}

TEST_F(SenderTest, EndsEachSessionTenTimesTenMillisecondsApart) {
    run({.feeds = 2, .messages = 7, .messages_per_packet = 2});
    for (const std::string session : {"SESSION000", "SESSION001"}) {
        std::vector<Sent> own;
        std::copy_if(log_.begin(), log_.end(), std::back_inserter(own),
                     [&](const Sent& sent) { return sent.session == session; });
        const auto packets = data_packets(own);
        const auto last = ends(own);
        ASSERT_EQ(packets.size(), 4U);
        EXPECT_EQ(packets.back().count, 1U);
        ASSERT_EQ(last.size(), 10U);
        for (std::size_t i = 0; i < last.size(); ++i) {
            EXPECT_EQ(last[i].sequence, 8U);
            EXPECT_EQ(last[i].payload.size(), 20U);
            EXPECT_EQ(last[i].time, packets.back().time + i * 10 * kMillisecond_ns);
        }
    }
    EXPECT_EQ(log_.back().count, 0xffff) << "the run goes on after its last end of session";
}

TEST_F(SenderTest, SendsHeartbeatsWhileAFeedIsSilent) {
    run({.rate_pps = 0.2, .messages = 2}, {.heartbeat_s = 1.0});  // one packet in 5 s
    const auto beats = heartbeats(log_);
    ASSERT_EQ(beats.size(), 4U);
    for (std::size_t i = 0; i < beats.size(); ++i) {
        EXPECT_EQ(beats[i].time, 1'000 + (i + 1) * 1'000 * kMillisecond_ns);
        EXPECT_EQ(beats[i].sequence, 2U);
        EXPECT_EQ(beats[i].payload.size(), 20U);
    }
    EXPECT_EQ(sender_->counters().front().heartbeats, 4U);
}

TEST_F(SenderTest, SendsNoHeartbeatsWhileDataFlowsOrWhenToldNever) {
    run({.rate_pps = 10, .messages = 50}, {.heartbeat_s = 1.0});
    EXPECT_TRUE(heartbeats(log_).empty());
    log_.clear();
    run({.rate_pps = 0.2, .messages = 2}, {.heartbeat_s = 0});
    EXPECT_TRUE(heartbeats(log_).empty());
}

TEST_F(SenderTest, CountsWhatEachFeedSent) {
    run({.feeds = 2, .messages = 7, .messages_per_packet = 2});
    for (const FeedCounters& counters : sender_->counters()) {
        EXPECT_EQ(counters.packets, 4U);
        EXPECT_EQ(counters.messages, 7U);
        EXPECT_EQ(counters.bytes, 4 * 20U + 7 * (2 + 19));
        EXPECT_EQ(counters.next_sequence, 8U);
        EXPECT_EQ(counters.send_errors, 0U);
    }
}

TEST_F(SenderTest, StampsIntendedTimesThatPassMidnight) {
    SenderOptions how;
    how.stamp = true;
    how.start_ns_of_day = 86'400'000'000'000 - kMillisecond_ns;
    run({.messages = 3}, how);
    const std::uint64_t expected[] = {86'400'000'000'000 - kMillisecond_ns, 0, kMillisecond_ns};
    const auto packets = data_packets(log_);
    ASSERT_EQ(packets.size(), 3U);
    for (std::size_t k = 0; k < 3; ++k) {
        const Bytes message = messages_of(packets[k].payload).front();
        wire::be48 stamp;
        std::memcpy(&stamp, message.data() + 5, 6);
        EXPECT_EQ(stamp.get(), expected[k]);
    }
}

TEST_F(SenderTest, EndsSessionsWhenStopped) {
    stop_ = true;
    EXPECT_EQ(run({.feeds = 3, .messages = 1'000'000}), EndedBy::signal);
    EXPECT_TRUE(data_packets(log_).empty());
    EXPECT_EQ(ends(log_).size(), 30U);
    for (const Sent& end : ends(log_))
        EXPECT_EQ(end.sequence, 1U) << "a packet that was made but not sent does not count";
}

// Stops once the clock has reached a time.
class StoppingTimeline final : public Timeline {
  public:
    StoppingTimeline(std::atomic<bool>& stop, latency::Ticks at) : stop_{stop}, at_{at} {}
    latency::Ticks now() noexcept override { return now_; }
    double ticks_per_ns() const noexcept override { return 1.0; }
    bool rest(latency::Ticks, latency::Ticks due) noexcept override {
        now_ = due;
        if (now_ >= at_) stop_ = true;
        return true;
    }

  private:
    std::atomic<bool>& stop_;
    latency::Ticks at_;
    latency::Ticks now_ = 0;
};

TEST_F(SenderTest, EndsItsLingeringWhenStoppedAndStillAllOfEachSession) {
    const latency::Ticks two_seconds = 2'000 * kMillisecond_ns;
    StoppingTimeline timeline{stop_, two_seconds};
    Sender sender{
        make_feeds({.feeds = 2, .messages = 5}, log_), {.linger_s = 3'600}, timeline, nullptr};
    EXPECT_EQ(sender.run(1'000, stop_), EndedBy::done) << "every message was sent";
    EXPECT_EQ(data_packets(log_).size(), 10U);
    EXPECT_GT(ends(log_).size(), 2 * 190U) << "it lingered until then";
    EXPECT_LT(ends(log_).back().time, two_seconds + 20 * kMillisecond_ns);

    log_.clear();
    stop_ = false;
    StoppingTimeline at_once{stop_, 5 * kMillisecond_ns};
    Sender hasty{make_feeds({.messages = 5}, log_), {.linger_s = 3'600}, at_once, nullptr};
    EXPECT_EQ(hasty.run(1'000, stop_), EndedBy::done);
    EXPECT_EQ(ends(log_).size(), Sender::kEndsOfSession)
        << "receivers hear of the end all the same";
    EXPECT_LE(ends(log_).back().time, 15 * kMillisecond_ns) << "the rest of it at once";
}

TEST_F(SenderTest, CountsRefusedPacketsAndGoesOn) {
    EXPECT_EQ(run({.messages = 10, .fail_from = 4}), EndedBy::done);
    EXPECT_EQ(data_packets(log_).size(), 10U);
    EXPECT_EQ(sender_->counters().front().send_errors, 6U + 10U);
    EXPECT_EQ(sender_->counters().front().packets, 10U);
    EXPECT_EQ(sender_->failure(), "");
}

TEST_F(SenderTest, StopsAtOnceWhenTheWayIsBroken) {
    EXPECT_EQ(run({.feeds = 2, .fail_from = 4, .fail_with = SendResult::broken}), EndedBy::failure);
    EXPECT_EQ(log_.size(), 9U);
    EXPECT_EQ(sender_->failure(), "send: told to fail");
}

TEST_F(SenderTest, EndsAnEmptyFeed) {
    EXPECT_EQ(run({.messages = 0}), EndedBy::done);
    EXPECT_EQ(ends(log_).size(), 10U);
    EXPECT_EQ(log_.size(), 10U);
}

// Each look at the clock costs 3 ms, and packets are due every millisecond.
TEST(LateSender, SendsLatePacketsAtOnceAndKeepsTheSchedule) {
    std::vector<Sent> log;
    SlowTimeline timeline;
    timeline.set_step(3 * kMillisecond_ns);
    const auto path =
        std::filesystem::temp_directory_path() / ("sender_test." + std::to_string(getpid()));
    {
        latency::TraceWriter trace{path, latency::TraceKind::sender, 8,
                                   latency::Clock{latency::ClockSource::monotonic_raw}};
        Sender sender{make_feeds({.messages = 10}, log), {}, timeline, &trace};
        const std::atomic<bool> stop{false};
        sender.run(0, stop);
        EXPECT_EQ(sender.pacing_ns().count(), 10U);
        EXPECT_GE(sender.pacing_ns().max(), 20 * kMillisecond_ns);
        EXPECT_EQ(trace.header().overflow, 2U);
    }
    const latency::TraceReader trace{path};
    std::filesystem::remove(path);
    ASSERT_EQ(trace.records().size(), 8U);
    const auto packets = data_packets(log);
    for (std::size_t k = 0; k < 8; ++k) {
        EXPECT_EQ(trace.records()[k].first, k * kMillisecond_ns) << "the schedule moved";
        EXPECT_EQ(trace.records()[k].second, packets[k].time);
        EXPECT_EQ(trace.records()[k].sequence, k + 1);
        EXPECT_EQ(trace.records()[k].messages, 1U);
        EXPECT_EQ(trace.records()[k].feed, 0U);
    }
}

}  // namespace
}  // namespace rxlab::feedsim::test
