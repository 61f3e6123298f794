// SPDX-License-Identifier: MIT
#include "handmade.hpp"

#include <rxlab/capture/contents.hpp>

#include <gtest/gtest.h>

namespace rxlab::capture {
namespace {

using namespace test;

constexpr std::uint32_t kLowestGroup = 0xef010101;

Blob record(std::uint32_t seconds, const Blob& frame) {
    return pcap_record(Order::little, seconds, 5, frame);
}

Contents contents(const Blob& records) {
    const TemporaryFile file{pcap_header(Order::little, 0xa1b23c4d, 1) + records};
    Reader reader{file.path()};
    return contents_of(reader);
}

TEST(CaptureContents, ListsEachDestinationWithItsSessionAndNumbers) {
    const auto packet = [](std::uint32_t group, std::uint64_t sequence) {
        return ipv4_udp(group, 30'001, moldudp64("SESSION001", sequence, {"one", "two"}));
    };
    const Contents found =
        contents(record(20, ethernet(packet(kLowestGroup, 5'000))) +
                 record(10, ethernet(packet(kLowestGroup + 1, 1), {0x8100'002a})) +
                 record(30, ethernet(packet(kLowestGroup, 5'002))) +
                 record(30, ethernet(packet(kLowestGroup, 4'998))) +  // came late
                 record(40, ethernet(ipv4_udp(kLowestGroup, 53, "no feed"))));
    ASSERT_EQ(found.destinations.size(), 3U);
    const Destination& first = found.destinations[0];
    EXPECT_EQ(first.endpoint, (wire::Ipv4Endpoint{kLowestGroup, 30'001}));
    EXPECT_TRUE(first.is_feed());
    EXPECT_EQ(first.datagrams, 3U);
    EXPECT_EQ(first.messages, 6U);
    EXPECT_EQ(first.session.view(), "SESSION001");
    EXPECT_EQ(first.first_sequence, 4'998U);
    EXPECT_EQ(first.next_sequence, 5'004U);
    EXPECT_EQ(found.destinations[1].vlan, 42U);
    EXPECT_FALSE(found.destinations[2].is_feed());
    EXPECT_EQ(utc_text(found.first_ns), "1970-01-01T00:00:10.000000005Z");
    EXPECT_EQ(utc_text(found.last_ns), "1970-01-01T00:00:40.000000005Z");
}

TEST(CaptureContents, ToldOfTheLastSessionWhereThereAreSeveral) {
    const auto packet = [](std::string_view session, std::uint64_t sequence) {
        return record(
            1, ethernet(ipv4_udp(kLowestGroup, 30'001, moldudp64(session, sequence, {"m"}))));
    };
    const Contents found = contents(packet("SESSION001", 900) + packet("SESSION002", 1));
    ASSERT_EQ(found.destinations.size(), 1U);
    EXPECT_EQ(found.destinations[0].sessions, 2U);
    EXPECT_EQ(found.destinations[0].session.view(), "SESSION002");
    EXPECT_EQ(found.destinations[0].next_sequence, 2U);
}

TEST(CaptureContents, CountsFramesWithoutADatagram) {
    const Contents found = contents(record(1, Blob(60, '\0')) + record(1, "short"));
    EXPECT_TRUE(found.destinations.empty());
    EXPECT_EQ(found.frames.refused(), 2U);
    EXPECT_TRUE(contents("").destinations.empty());
}

}  // namespace
}  // namespace rxlab::capture
