// SPDX-License-Identifier: MIT
#include "packets.hpp"

#include <rxlab/rx/frame_reader.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

namespace rxlab::rx {
namespace {

using test::Bytes;
constexpr wire::Ipv4Endpoint kGroup{0xef010101, 30'001};
constexpr std::uint32_t kSender = 0xc0000201;

Bytes frame_of(const Bytes& payload, std::uint16_t vlan = 0, std::uint32_t sender = kSender,
               wire::Ipv4Endpoint group = kGroup) {
    Bytes memory(70'000);
    wire::UdpFrame fields;
    fields.source = sender;
    fields.destination = group.address;
    fields.destination_port = group.port;
    fields.vlan = vlan;
    const auto frame = wire::build_udp_frame(memory, fields, payload);
    return {frame.begin(), frame.end()};
}

Bytes packet(std::uint64_t sequence) {
    return test::data_packet(sequence, test::add_order(sequence, 'B', 100, 10'000));
}
Bytes joined(int packets) {
    Bytes all;
    for (int i = 0; i < packets; ++i) {
        const Bytes one = packet(static_cast<std::uint64_t>(i) + 1);
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

class FrameReaderTest : public ::testing::Test {
  protected:
    std::vector<Line> lines{{kGroup, {3, 1}, 0}};
    FrameReader reader{lines, true};
    std::array<PacketView, 8> batch{};
};

TEST_F(FrameReaderTest, FindsThePacketAndItsLine) {
    const Bytes payload = packet(1);
    const Bytes frame = frame_of(payload);
    ASSERT_EQ(reader.take(frame, 0, batch), 1U);
    EXPECT_EQ(batch[0].payload.data(), frame.data() + 42) << "in place";
    EXPECT_EQ(batch[0].payload.size(), payload.size());
    EXPECT_EQ(batch[0].id, (LineId{3, 1}));
    EXPECT_EQ(batch[0].source, kSender);
    EXPECT_EQ(reader.counters().frames[wire::FrameStatus::ok], 1U);
}

TEST_F(FrameReaderTest, LeavesOutWhatIsOfAVlanInTheFrameOrBesideIt) {
    EXPECT_EQ(reader.take(frame_of(packet(1), 7), 0, batch), 0U);
    EXPECT_EQ(reader.take(frame_of(packet(1)), 7, batch), 0U);
    EXPECT_EQ(reader.counters().other_vlan, 2U);
}

TEST_F(FrameReaderTest, CountsOtherGroupsAndOtherSenders) {
    lines[0].source = kSender;
    FrameReader picky{lines, true};
    EXPECT_EQ(picky.take(frame_of(packet(1), 0, kSender, {kGroup.address, 1}), 0, batch), 0U);
    EXPECT_EQ(picky.take(frame_of(packet(1), 0, kSender + 1), 0, batch), 0U);
    EXPECT_EQ(picky.take(frame_of(packet(1)), 0, batch), 1U);
    EXPECT_EQ(picky.counters().other_groups, 1U);
    EXPECT_EQ(picky.counters().other_sources, 1U);
}

TEST_F(FrameReaderTest, RefusesFragments) {
    Bytes frame = frame_of(packet(1));
    frame[20] = std::byte{0x20};  // more fragments
    EXPECT_EQ(reader.take(frame, 0, batch), 0U);
    EXPECT_EQ(reader.counters().frames[wire::FrameStatus::fragment], 1U);
}

TEST_F(FrameReaderTest, CountsFramesOfItsGroupsThatWereCut) {
    const Bytes frame = frame_of(packet(1));
    EXPECT_EQ(reader.take(std::span{frame}.first(50), 0, batch), 0U);
    EXPECT_EQ(reader.take(std::span{frame}.first(41), 0, batch), 0U) << "it may be anybody's";
    const Bytes other = frame_of(packet(1), 0, kSender, {kGroup.address, 1});
    EXPECT_EQ(reader.take(std::span{other}.first(50), 0, batch), 0U);
    EXPECT_EQ(reader.counters().cut, 1U);
    EXPECT_EQ(reader.counters().cut_bytes_max, frame.size() - 14);
    EXPECT_EQ(reader.counters().frames[wire::FrameStatus::truncated], 3U);
}

TEST_F(FrameReaderTest, TakesSuperpacketsApartOverSeveralBatches) {
    const Bytes frame = frame_of(joined(19));
    std::vector<std::uint64_t> sequences;
    const auto note = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(batch[i].payload.size(), packet(1).size());
            sequences.push_back(wire::overlay<wire::mold::Header>(batch[i].payload).sequence);
        }
    };
    note(reader.take(frame, 0, batch));
    while (reader.has_rest())
        note(reader.take_rest(batch));
    ASSERT_EQ(sequences.size(), 19U);
    for (std::size_t i = 0; i < 19; ++i)
        EXPECT_EQ(sequences[i], i + 1);
    EXPECT_EQ(reader.counters().superpackets, 1U);
    EXPECT_EQ(reader.counters().segments, 19U);
}

TEST_F(FrameReaderTest, HandsAPacketWithBytesLeftOverOnAsItIs) {
    Bytes payload = packet(1);
    payload.resize(payload.size() + 3);
    EXPECT_EQ(reader.take(frame_of(payload), 0, batch), 1U);
    EXPECT_FALSE(reader.has_rest());
    EXPECT_EQ(batch[0].payload.size(), payload.size());
}

TEST(FrameReaderCounters, AddUp) {
    FrameReaderCounters sum;
    FrameReaderCounters part;
    part.frames.count(wire::FrameStatus::fragment, 2);
    part.cut = 3;
    part.cut_bytes_max = 9'000;
    part.other_vlan = 4;
    sum += part;
    sum += part;
    SourceReport report;
    add_to_report(sum, report);
    EXPECT_EQ(report.counters["frames_fragment"], 4);
    EXPECT_EQ(report.counters["other_vlan"], 8);
    EXPECT_EQ(report.cut_packets, 6U);
    EXPECT_EQ(sum.cut_bytes_max, 9'000U);
}

}  // namespace
}  // namespace rxlab::rx
