// SPDX-License-Identifier: MIT
#include "packets.hpp"

#include <rxlab/rx/receive.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <deque>
#include <thread>

namespace rxlab::rx {
namespace {

using test::add_order;
using test::data_packet;

// Delivers what it was given, several packets a poll; then calls `when_empty`.
struct ScriptedSource {
    std::deque<test::Bytes> packets;
    std::function<void()> when_empty = [] {};
    std::vector<test::Bytes> delivered;
    bool broken = false;

    std::size_t poll(std::span<PacketView> batch) noexcept {
        delivered.clear();
        while (!packets.empty() && delivered.size() < 2) {
            delivered.push_back(packets.front());
            packets.pop_front();
        }
        for (std::size_t i = 0; i < delivered.size(); ++i)
            batch[i] = {delivered[i], 0};
        if (delivered.empty()) when_empty();
        return delivered.size();
    }
    bool failed() const noexcept { return broken; }
};
static_assert(PacketSource<ScriptedSource>);

class ReceiveTest : public ::testing::Test {
  protected:
    EndedBy run(double statistics_seconds = 0) {
        Wakeup wakeup{statistics_seconds};
        pipeline_.emplace(options_, latency::Clock::detect(), nullptr);
        return receive(source_, *pipeline_, wakeup, [this] { ++statistics_; });
    }
    static Options one_group() {
        Options options;
        options.groups = {{0xef010101, 30001}};
        options.orders = 100;
        options.levels = 100;
        return options;
    }

    Options options_ = one_group();
    ScriptedSource source_;
    std::optional<Pipeline> pipeline_;
    int statistics_ = 0;
};

TEST_F(ReceiveTest, EndsWithTheSession) {
    options_.exit_at_end_of_session = true;
    for (std::uint64_t i = 1; i <= 5; ++i) {
        source_.packets.push_back(data_packet(i, add_order(i, 'B', 1, 100)));
    }
    source_.packets.push_back(test::end_of_session(6));
    EXPECT_EQ(run(), EndedBy::end_of_session);
    EXPECT_EQ(pipeline_->feeds()[0].book.orders(), 5U);
}

TEST_F(ReceiveTest, EndsAtTheMessageLimit) {
    options_.messages_max = 1;
    source_.packets.push_back(data_packet(1, add_order(1, 'B', 1, 100)));
    EXPECT_EQ(run(), EndedBy::messages);
}

TEST_F(ReceiveTest, EndsWhenTheSourceFails) {
    source_.when_empty = [this] { source_.broken = true; };
    EXPECT_EQ(run(), EndedBy::source_lost);
}

TEST_F(ReceiveTest, EndsOnSigterm) {
    source_.when_empty = [] { std::raise(SIGTERM); };
    EXPECT_EQ(run(), EndedBy::signal);
}

TEST_F(ReceiveTest, EndsOnSigtermUnderConstantLoad) {
    std::uint64_t sequence = 0;
    source_.when_empty = [&] {
        if (++sequence == 10) std::raise(SIGTERM);
        source_.packets.push_back(data_packet(sequence, add_order(sequence, 'B', 1, 100)));
    };
    EXPECT_EQ(run(), EndedBy::signal);
}

TEST_F(ReceiveTest, PrintsStatisticsWhenTheyAreDue) {
    source_.when_empty = [this] {
        if (statistics_ >= 2) std::raise(SIGINT);
    };
    EXPECT_EQ(run(0.01), EndedBy::signal);
    EXPECT_GE(statistics_, 2);
}

// In virtual time: the source takes 50 µs to find nothing, then delivers what takes no time.
TEST_F(ReceiveTest, NotesWhereThePollingStoodStill) {
    const latency::Clock clock{latency::ClockSource::virtual_time};
    latency::VirtualTime::set(1'000'000, 10);
    source_.packets = {data_packet(1, add_order(1, 'B', 100, 10'000))};
    options_.messages_max = 2;
    source_.when_empty = [this] {
        latency::VirtualTime::advance_to(latency::VirtualTime::peek() + 50'000);
        source_.packets = {data_packet(2, add_order(2, 'B', 100, 10'000))};
    };
    Wakeup wakeup;
    Pipeline pipeline{options_, clock, nullptr};
    latency::StallLog stalls{10};
    stalls.begin(clock.now(), 1.0);
    EXPECT_EQ(receive(
                  source_, pipeline, wakeup, [] {}, &stalls),
              EndedBy::messages);
    ASSERT_EQ(stalls.stalls().size(), 1U);
    EXPECT_NEAR(static_cast<double>(stalls.stalls()[0].to - stalls.stalls()[0].from), 50'000, 100);
    EXPECT_EQ(stalls.stalls()[0].packets, 0U);
}

// A source that sleeps in the kernel, as kernel_rx in blocking mode does.
struct SleepingSource {
    std::size_t poll(std::span<PacketView>) noexcept {
        char byte;
        static_cast<void>(read(pipe_ends[0], &byte, 1));  // EINTR after a signal
        return 0;
    }
    bool failed() const noexcept { return false; }
    int pipe_ends[2];
};

// The signal may arrive before the sleep begins; the repeated SIGALRM must end that sleep as well.
TEST_F(ReceiveTest, EndsASleepEvenIfTheSignalCameJustBefore) {
    SleepingSource source;
    ASSERT_EQ(pipe(source.pipe_ends), 0);
    Wakeup wakeup;
    std::raise(SIGTERM);
    wakeup.acknowledge();  // as if the loop had looked already
    Pipeline pipeline{options_, latency::Clock::detect(), nullptr};
    EXPECT_EQ(receive(source, pipeline, wakeup, [] {}), EndedBy::signal);
    close(source.pipe_ends[0]);
    close(source.pipe_ends[1]);
}

}  // namespace
}  // namespace rxlab::rx
