// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/segments.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace rxlab::wire::mold {
namespace {

using test::Bytes;

// A packet of `messages` messages of 10 bytes each.
Bytes packet(std::uint64_t sequence, int messages, const char* session = "SESSION001") {
    std::array<std::byte, 1500> memory;
    PacketBuilder builder{memory, session};
    builder.start(sequence);
    for (int i = 0; i < messages; ++i)
        EXPECT_TRUE(builder.append(Bytes(10, std::byte{0x41})));
    return test::exact(builder.finish());
}

Bytes joined(std::initializer_list<Bytes> packets) {
    Bytes all;
    for (const Bytes& one : packets)
        test::append(all, one);
    return all;
}

std::vector<Bytes> segments_of(const Bytes& payload) {
    std::vector<Bytes> segments;
    for_each_segment(payload, segment_bytes(payload), [&](std::span<const std::byte> segment) {
        segments.push_back(test::exact(segment));
    });
    return segments;
}

TEST(Segments, OfAnOrdinaryPacketThereAreNone) {
    EXPECT_EQ(segment_bytes(packet(1, 3)), 0U);
    EXPECT_EQ(segment_bytes(packet(1, 0)), 0U);  // a heartbeat
    EXPECT_EQ(segments_of(packet(1, 3)), (std::vector<Bytes>{packet(1, 3)}));
}

TEST(Segments, AreTheEqualPacketsOfASuperpacket) {
    const Bytes payload = joined({packet(1, 2), packet(3, 2), packet(5, 2)});
    EXPECT_EQ(segment_bytes(payload), packet(1, 2).size());
    EXPECT_EQ(segments_of(payload), (std::vector<Bytes>{packet(1, 2), packet(3, 2), packet(5, 2)}));
}

TEST(Segments, MayEndWithAShorterOne) {
    const Bytes payload = joined({packet(1, 2), packet(3, 2), packet(5, 1)});
    EXPECT_EQ(segments_of(payload).size(), 3U);
    EXPECT_EQ(segments_of(payload).back(), packet(5, 1));
}

TEST(Segments, MayBeHeartbeatsAndAnEndOfSession) {
    std::array<std::byte, 20> memory;
    PacketBuilder builder{memory, "SESSION001"};
    const Bytes end = test::exact(builder.end_of_session(7));
    EXPECT_EQ(segment_bytes(joined({packet(7, 0), packet(7, 0), end})), sizeof(Header));
}

TEST(Segments, StandAlsoWhereAPacketBetweenThemWasLost) {
    EXPECT_NE(segment_bytes(joined({packet(1, 2), packet(9, 2)})), 0U);
}

TEST(Segments, AreNoneWhereTheTailIsLongerThanTheFirst) {
    EXPECT_EQ(segment_bytes(joined({packet(1, 1), packet(2, 2)})), 0U);
    EXPECT_EQ(segment_bytes(joined({packet(1, 2), packet(3, 1), packet(4, 2)})), 0U);
}

TEST(Segments, AreNoneWhereTheTailIsOfAnotherSession) {
    EXPECT_EQ(segment_bytes(joined({packet(1, 2), packet(3, 2, "SESSION002")})), 0U);
}

TEST(Segments, AreNoneWhereTheTailIsCutShortOrNoPacket) {
    const Bytes whole = joined({packet(1, 2), packet(3, 2)});
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(segment_bytes(test::exact(std::span{whole}.first(size))), 0U) << size;
    EXPECT_EQ(segment_bytes(joined({packet(1, 2), Bytes(30, std::byte{0})})), 0U);
}

TEST(Segments, ReadNothingBeyondRandomBytes) {
    std::mt19937_64 random{1};
    for (int i = 0; i < 20'000; ++i) {
        Bytes bytes = test::random_bytes(random, random() % 120);
        if (bytes.size() > 19) bytes[18] = bytes[19] = std::byte{0};  // a heartbeat and a tail
        EXPECT_EQ(segment_bytes(bytes), 0U);
    }
}

}  // namespace
}  // namespace rxlab::wire::mold
