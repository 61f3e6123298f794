// SPDX-License-Identifier: MIT
#include "packets.hpp"

#include <rxlab/rx/pipeline.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <optional>
#include <vector>

namespace rxlab::rx {
namespace {

using test::add_order;
using test::data_packet;
using test::delete_order;

constexpr char kBuy = wire::itch::kBuy;

Options two_groups() {
    Options options;
    options.groups = {{0xef010101, 30001}, {0xef010102, 30001}};
    options.orders = 1000;
    options.levels = 1000;
    return options;
}

class PipelineTest : public ::testing::Test {
  protected:
    PipelineTest() : trace_{path_, latency::TraceKind::receiver, 100, clock_} {}
    ~PipelineTest() override { std::filesystem::remove(path_); }

    void give(const test::Bytes& packet, std::uint16_t feed = 0) {
        if (!pipeline_) pipeline_.emplace(options_, clock_, &trace_);
        pipeline_->process({packet, {feed, 0}}, clock_.now());
    }
    const Feed& feed(std::size_t index) { return pipeline_->feeds()[index]; }
    latency::TraceRecord record(std::size_t index) {
        return latency::TraceReader{path_}.records()[index];
    }
    std::size_t records() { return trace_.header().count; }

    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("rx_pipeline_test." + std::to_string(getpid()));
    latency::Clock clock_ = latency::Clock::detect();
    Options options_ = two_groups();
    latency::TraceWriter trace_;
    std::optional<Pipeline> pipeline_;
};

TEST_F(PipelineTest, PutsEachMessageIntoTheBookOfItsFeed) {
    give(data_packet(1, add_order(7, kBuy, 100, 10'000), add_order(8, kBuy, 50, 10'100)), 1);
    EXPECT_EQ(feed(0).book.orders(), 0U);
    EXPECT_EQ(feed(1).book.orders(), 2U);
    EXPECT_EQ(feed(1).book.top(1).bid->price, 10'100U);
}

TEST_F(PipelineTest, TracesEachDataPacketWithItsStampsInOrder) {
    const latency::Ticks before = clock_.now();
    give(data_packet(41, add_order(7, kBuy, 100, 10'000), delete_order(7)), 1);
    ASSERT_EQ(records(), 1U);
    const latency::TraceRecord traced = record(0);
    EXPECT_EQ(traced.sequence, 41U);
    EXPECT_EQ(traced.feed, 1U);
    EXPECT_EQ(traced.messages, 2U);
    EXPECT_EQ(traced.flags, 0U);
    EXPECT_LE(before, traced.first);
    EXPECT_LT(traced.first, traced.second);
}

TEST_F(PipelineTest, TracesTheAgesOfStampsBeforeTheirPacket) {
    const test::Bytes first = data_packet(2, add_order(1, kBuy, 100, 10'000));
    const test::Bytes second = data_packet(3, add_order(2, kBuy, 100, 10'000));
    const std::array batch{PacketView{first, {0, 0}, 0, {.kernel_ns = 300, .nic_ns = 700}},
                           PacketView{second, {0, 0}, 0, {.nic_ns = 600}}};
    give(data_packet(1, add_order(9, kBuy, 100, 10'000)));  // opens the feed
    pipeline_->process(batch, clock_.now());
    ASSERT_EQ(records(), 6U);
    EXPECT_EQ(record(1).flags, latency::kTraceNicAge);
    EXPECT_EQ(record(1).first, 700U);
    EXPECT_EQ(record(1).sequence, 2U);
    EXPECT_EQ(record(2).flags, latency::kTraceKernelAge);
    EXPECT_EQ(record(2).first, 300U);
    EXPECT_TRUE(latency::is_packet(record(3)));
    EXPECT_EQ(record(3).sequence, 2U);
    EXPECT_EQ(record(4).flags, latency::kTraceNicAge);
    EXPECT_EQ(record(4).first, 600U);
    EXPECT_TRUE(latency::is_packet(record(5)));
    EXPECT_EQ(record(5).sequence, 3U);
}

// In virtual time each reading of the clock is a later one.
TEST_F(PipelineTest, SmallPacketsOfOnePollShareAStampAfterTheLast) {
    clock_ = latency::Clock{latency::ClockSource::virtual_time};
    latency::VirtualTime::set(1'000, 10);
    std::vector<test::Bytes> packets;
    std::vector<PacketView> batch;
    for (std::uint64_t i = 1; i <= Pipeline::kMessagesPerStamp + 3; ++i)
        packets.push_back(data_packet(i, add_order(i, kBuy, 100, 10'000)));
    for (const test::Bytes& packet : packets)
        batch.push_back({packet, 0});
    pipeline_.emplace(options_, clock_, &trace_);
    const latency::Ticks t_rx = clock_.now();
    EXPECT_EQ(pipeline_->process(batch, t_rx), t_rx + 20) << "the last t_book";
    ASSERT_EQ(records(), batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        EXPECT_EQ(record(i).first, t_rx);
        EXPECT_EQ(record(i).second, t_rx + (i < Pipeline::kMessagesPerStamp ? 10 : 20)) << i;
    }
}

TEST_F(PipelineTest, APacketWithManyMessagesHasAStampOfItsOwn) {
    clock_ = latency::Clock{latency::ClockSource::virtual_time};
    latency::VirtualTime::set(1'000, 10);
    test::Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, wire::mold::Session{"TEST"}};
    builder.start(1);
    for (std::uint64_t i = 1; i <= Pipeline::kMessagesPerStamp; ++i)
        ASSERT_TRUE(builder.append(wire::bytes_of(add_order(i, kBuy, 100, 10'000))));
    const test::Bytes large = test::copy(builder.finish());
    const test::Bytes small =
        data_packet(1 + Pipeline::kMessagesPerStamp, add_order(99, kBuy, 100, 10'000));
    pipeline_.emplace(options_, clock_, &trace_);
    const std::array batch{PacketView{large, 0}, PacketView{small, 0}};
    pipeline_->process(batch, 1'000);
    EXPECT_EQ(record(0).second, 1'010U);
    EXPECT_EQ(record(1).second, 1'020U);
}

TEST_F(PipelineTest, TakesNoStampWhereNothingReachedABook) {
    give(test::heartbeat(1));
    const test::Bytes packet = test::heartbeat(1);
    EXPECT_EQ(pipeline_->process({packet, 0}, 4'711), 4'711U);
}

TEST_F(PipelineTest, DoesNotTraceHeartbeatsAndEndsOfSession) {
    give(test::heartbeat(1));
    give(test::end_of_session(1));
    EXPECT_EQ(records(), 0U);
}

TEST_F(PipelineTest, AppliesADuplicateOnce) {
    const test::Bytes packet = data_packet(1, add_order(7, kBuy, 100, 10'000));
    give(packet);
    give(packet);
    EXPECT_EQ(feed(0).book.counters().adds, 1U);
    EXPECT_EQ(feed(0).book.counters().duplicate_reference, 0U);
    EXPECT_EQ(record(1).flags, latency::kTraceDuplicate);
}

TEST_F(PipelineTest, AppliesOnlyTheNewMessagesOfAnOverlap) {
    give(data_packet(1, add_order(7, kBuy, 100, 10'000)));
    give(data_packet(1, add_order(7, kBuy, 100, 10'000), add_order(8, kBuy, 1, 10'000)));
    EXPECT_EQ(feed(0).book.counters().adds, 2U);
    EXPECT_EQ(feed(0).book.counters().duplicate_reference, 0U);
}

TEST_F(PipelineTest, GoesOnAfterAGapAndFlagsIt) {
    give(data_packet(1, add_order(7, kBuy, 100, 10'000)));
    give(data_packet(5, add_order(8, kBuy, 100, 10'000)));
    EXPECT_EQ(feed(0).book.orders(), 2U);
    EXPECT_EQ(feed(0).sequencer.counters().missed_messages, 3U);
    EXPECT_EQ(record(1).flags, latency::kTraceGapBefore);
}

TEST_F(PipelineTest, DoesNotApplyALatePacket) {
    give(data_packet(1, add_order(7, kBuy, 100, 10'000)));
    give(data_packet(3, delete_order(8)));
    give(data_packet(2, add_order(8, kBuy, 100, 10'000)));
    EXPECT_EQ(feed(0).book.orders(), 1U) << "order 8 was deleted before it arrived";
    EXPECT_EQ(record(2).flags, latency::kTraceLate);
}

TEST_F(PipelineTest, CountsADatagramWithoutAHeader) {
    give(test::Bytes(19));
    give({});
    EXPECT_EQ(feed(0).malformed_packets, 2U);
    EXPECT_EQ(feed(0).sequencer.counters().packets, 0U);
    EXPECT_EQ(records(), 0U);
}

TEST_F(PipelineTest, AppliesWhatPrecedesAMessageThatIsCutShort) {
    test::Bytes packet =
        data_packet(1, add_order(7, kBuy, 100, 10'000), add_order(8, kBuy, 100, 10'000));
    packet.pop_back();
    give(packet);
    EXPECT_EQ(feed(0).book.orders(), 1U);
    EXPECT_EQ(feed(0).cut_short_messages, 1U);
    EXPECT_EQ(record(0).flags, latency::kTraceMalformed);
}

TEST_F(PipelineTest, FinishesWhenEveryFeedHasEnded) {
    options_.exit_at_end_of_session = true;
    give(test::end_of_session(1), 0);
    give(test::end_of_session(1), 0);
    EXPECT_FALSE(pipeline_->finished()) << "the end is repeated; feed 1 goes on";
    give(test::end_of_session(1), 1);
    EXPECT_TRUE(pipeline_->finished());
}

TEST_F(PipelineTest, GoesOnAfterTheEndUnlessAskedToExit) {
    give(test::end_of_session(1), 0);
    give(test::end_of_session(1), 1);
    EXPECT_TRUE(pipeline_->all_ended());
    EXPECT_FALSE(pipeline_->finished());
}

TEST_F(PipelineTest, IsNotEndedWhenANewSessionHasBegun) {
    options_.exit_at_end_of_session = true;
    give(test::end_of_session(1), 0);
    test::Bytes packet = data_packet(1, add_order(7, kBuy, 100, 10'000));
    packet[0] = std::byte{'Z'};  // another session
    give(packet, 0);
    give(test::end_of_session(1), 1);
    EXPECT_FALSE(pipeline_->finished());
}

TEST_F(PipelineTest, IsNotEndedWhenAHeartbeatBeganTheNewSession) {
    options_.exit_at_end_of_session = true;
    const auto of_next_session = [](test::Bytes packet) {
        packet[0] = std::byte{'Z'};
        return packet;
    };
    give(test::end_of_session(1), 0);
    give(of_next_session(test::heartbeat(1)), 0);
    give(test::end_of_session(1), 1);
    EXPECT_FALSE(pipeline_->finished());
    give(of_next_session(test::end_of_session(1)), 0);
    EXPECT_TRUE(pipeline_->finished());
}

TEST_F(PipelineTest, FinishesAtTheMessageLimit) {
    options_.messages_max = 2;
    give(data_packet(1, add_order(7, kBuy, 100, 10'000)));
    EXPECT_FALSE(pipeline_->finished());
    give(data_packet(2, add_order(8, kBuy, 100, 10'000)));
    EXPECT_TRUE(pipeline_->finished());
}

std::uint64_t now_since_midnight_ns() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<std::uint64_t>(time.tv_sec % 86'400) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

TEST_F(PipelineTest, MeasuresFromTheStampWhereTheFeedIsStamped) {
    options_.stamped = true;
    wire::itch::AddOrder message = add_order(7, kBuy, 100, 10'000);
    message.header.timestamp = now_since_midnight_ns();
    give(data_packet(1, message));
    ASSERT_TRUE(pipeline_->stamped());
    EXPECT_EQ(pipeline_->stamped()->histogram.count(), 1U);
    EXPECT_EQ(pipeline_->stamped()->negative, 0U);
}

TEST_F(PipelineTest, CountsAStampFromTheFutureAsNegative) {
    options_.stamped = true;
    wire::itch::AddOrder message = add_order(7, kBuy, 100, 10'000);
    message.header.timestamp = now_since_midnight_ns() + 60'000'000'000U;
    give(data_packet(1, message));
    EXPECT_EQ(pipeline_->stamped()->histogram.count(), 0U);
    EXPECT_EQ(pipeline_->stamped()->negative, 1U);
}

}  // namespace
}  // namespace rxlab::rx
