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

Blob datagram(const Blob& payload) {
    return record(1, ethernet(ipv4_udp(kLowestGroup, 30'001, payload)));
}

TEST(CaptureContents, TakesADestinationForAFeedWhereMostAreMoldUdp64) {
    const Blob packet = datagram(moldudp64("SESSION001", 1, {"m"}));
    const Blob foreign = datagram("hello, these are some words of another protocol");
    const auto is_feed = [](const Blob& records) {
        return contents(records).destinations.at(0).is_feed();
    };
    EXPECT_TRUE(is_feed(packet + foreign + packet));
    EXPECT_FALSE(is_feed(packet + foreign));  // half is not most
    EXPECT_FALSE(is_feed(foreign));
    const Destination destination = contents(packet + foreign + packet).destinations[0];
    EXPECT_EQ(destination.foreign(), 1U);
    EXPECT_EQ(destination.moldudp64, 2U);
    EXPECT_EQ(destination.session.view(), "SESSION001");
}

TEST(CaptureContents, CountsDamagedPacketsApart) {
    const Blob packet = moldudp64("SESSION001", 5, {"one", "two"});
    Blob heartbeat = moldudp64("SESSION001", 7, {});
    const Destination destination =
        contents(datagram(packet) + datagram(packet.substr(0, packet.size() - 1)) +
                 datagram(packet + "more") + datagram(heartbeat + "a body") + datagram("short"))
            .destinations.at(0);
    EXPECT_TRUE(destination.is_feed());
    EXPECT_EQ(destination.datagrams, 5U);
    EXPECT_EQ(destination.moldudp64, 1U);
    EXPECT_EQ(destination.cut_short, 1U);
    EXPECT_EQ(destination.left_over, 2U);
    EXPECT_EQ(destination.foreign(), 1U);
    EXPECT_EQ(destination.messages, 4U);  // of the whole one, and of the one with more behind it
    EXPECT_EQ(destination.next_sequence, 7U);
    // None of which could be read to its end.
    EXPECT_FALSE(contents(datagram(packet.substr(0, packet.size() - 1))).destinations[0].is_feed());
}

TEST(CaptureContents, BeginsAtTheFirstNumberOfTheData) {
    const Blob end = Blob{"SESSION001"} + big(0, 8) + big(0xffff, 2);
    const Blob heartbeat = moldudp64("SESSION001", 9, {});
    const Blob data = moldudp64("SESSION001", 3, {"three"});
    for (const Blob& records : {datagram(data) + datagram(end), datagram(end) + datagram(data),
                                datagram(heartbeat) + datagram(data) + datagram(end)}) {
        const Destination destination = contents(records).destinations.at(0);
        EXPECT_EQ(destination.first_sequence, 3U);
        EXPECT_TRUE(destination.next_sequence == 4U || destination.next_sequence == 9U);
    }
    // Without data: what the heartbeats say.
    const Destination idle = contents(datagram(end) + datagram(heartbeat)).destinations.at(0);
    EXPECT_EQ(idle.first_sequence, 9U);
    EXPECT_EQ(idle.next_sequence, 9U);
}

TEST(CaptureContents, TakesSuperpacketsApart) {
    const Blob first = moldudp64("SESSION001", 1, {"one"});
    const Blob second = moldudp64("SESSION001", 2, {"two"});
    const Destination destination = contents(datagram(first + second)).destinations.at(0);
    EXPECT_EQ(destination.datagrams, 2U);
    EXPECT_EQ(destination.moldudp64, 2U);
    EXPECT_EQ(destination.next_sequence, 3U);
}

TEST(CaptureContents, CountsCutDatagramsWhereTheyBelong) {
    const Blob frame = ethernet(ipv4_udp(kLowestGroup, 30'001, moldudp64("SESSION001", 1, {"m"})));
    const Contents found =
        contents(pcap_record(Order::little, 1, 0, frame.substr(0, frame.size() - 1), frame.size()));
    ASSERT_EQ(found.destinations.size(), 1U);
    EXPECT_EQ(found.destinations[0].cut, 1U);
    EXPECT_EQ(found.destinations[0].datagrams, 0U);
    EXPECT_FALSE(found.destinations[0].is_feed());
}

TEST(CaptureContents, CountsFramesWithoutADatagram) {
    const Contents found = contents(record(1, Blob(60, '\0')) + record(1, "short"));
    EXPECT_TRUE(found.destinations.empty());
    EXPECT_EQ(found.tally.frames.refused(), 2U);
    EXPECT_TRUE(contents("").destinations.empty());
}

}  // namespace
}  // namespace rxlab::capture
