// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/glimpse.hpp>
#include <rxlab/wire/soupbintcp.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::wire::soup {
namespace {

using test::Bytes;
using Taken = std::pair<PacketType, Bytes>;

Bytes packet(PacketType type, std::span<const std::byte> payload = {}) {
    Bytes memory(sizeof(PacketHeader) + payload.size());
    return test::exact(write(memory, type, payload));
}

Bytes text(std::string_view from) {
    return test::exact(std::as_bytes(std::span{from}));
}

// Puts as many of `bytes` into the framer as it takes at once, at most `chunk`.
std::span<const std::byte> feed(Framer& framer, std::span<const std::byte> bytes,
                                std::size_t chunk) {
    const std::span<std::byte> space = framer.space();
    const std::size_t size = std::min({space.size(), bytes.size(), chunk});
    std::copy_n(bytes.begin(), size, space.begin());
    framer.received(size);
    return bytes.subspan(size);
}

std::vector<Taken> take_all(Framer& framer, std::span<const std::byte> bytes, std::size_t chunk) {
    std::vector<Taken> taken;
    while (!bytes.empty() && framer.status() == FramerStatus::ok) {
        const std::size_t before = bytes.size();
        bytes = feed(framer, bytes, chunk);
        while (auto packet = framer.next())
            taken.emplace_back(packet->type, test::exact(packet->payload));
        if (bytes.size() == before && framer.status() == FramerStatus::ok) {
            ADD_FAILURE() << "the framer takes nothing and gives nothing";
            break;
        }
    }
    return taken;
}

TEST(SoupWrite, LaysThePacketOutAsSpecified) {
    EXPECT_EQ(packet(PacketType::sequenced, test::bytes({1, 2, 3})),
              test::bytes({0, 4, 'S', 1, 2, 3}));
    EXPECT_EQ(packet(PacketType::client_heartbeat), test::bytes({0, 1, 'R'}));
    EXPECT_EQ(packet(PacketType::server_heartbeat), test::bytes({0, 1, 'H'}));
    EXPECT_EQ(packet(PacketType::end_of_session), test::bytes({0, 1, 'Z'}));
    EXPECT_EQ(packet(PacketType::logout_request), test::bytes({0, 1, 'O'}));
    EXPECT_EQ(packet(PacketType::unsequenced, test::bytes({9})), test::bytes({0, 2, 'U', 9}));
    EXPECT_EQ(packet(PacketType::debug, text("hello")), text(std::string{"\0\6+hello", 8}));
}

TEST(SoupWrite, LaysALoginOutAsSpecified) {
    std::array<std::byte, 100> memory;
    const LoginRequest request{"user", "secret", right_justified<10>("DAY1"),
                               to_number_text<20>(4711)};
    const auto written = write(memory, request);
    EXPECT_EQ(test::exact(written), text(std::string{"\0\57L", 3} + "user  " + "secret    " +
                                         "      DAY1" + "                4711"));
    const auto accepted =
        write(memory, LoginAccepted{right_justified<10>("RXLAB00001"), to_number_text<20>(1)});
    EXPECT_EQ(test::exact(accepted),
              text(std::string{"\0\37A", 3} + "RXLAB00001" + "                   1"));
    EXPECT_EQ(test::exact(write(memory, LoginRejected{LoginRejected::kNoSuchSession})),
              text(std::string{"\0\2JS", 4}));
}

TEST(SoupWrite, WritesNothingThatDoesNotFit) {
    Bytes memory(5);
    EXPECT_TRUE(write(memory, PacketType::sequenced, test::bytes({1, 2, 3})).empty());
    EXPECT_EQ(write(memory, PacketType::sequenced, test::bytes({1, 2})).size(), 5U);
    memory.resize(70'000);
    EXPECT_TRUE(write(memory, PacketType::sequenced, Bytes(kPayloadBytesMax + 1)).empty());
    EXPECT_EQ(write(memory, PacketType::sequenced, Bytes(kPayloadBytesMax)).size(), 65'537U);
}

TEST(SoupNumber, IsReadBackWhateverItIs) {
    for (std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1'234'567'890},
                                std::numeric_limits<std::uint64_t>::max()}) {
        EXPECT_EQ(parse_number_text(to_number_text<20>(value).padded()), value);
    }
    EXPECT_EQ(to_number_text<20>(0).padded(), "                   0");
    EXPECT_EQ(parse_number_text("7                   "), 7U) << "left-justified, too";
}

TEST(SoupNumber, IsNothingUnlessItIsDigits) {
    for (const char* bad : {"", "    ", "12a", "-1", "+1", "1 2", "0x10", "18446744073709551616"})
        EXPECT_FALSE(parse_number_text(bad)) << bad;
}

TEST(SoupText, IsJustifiedAndTrimmed) {
    EXPECT_EQ(right_justified<10>("A").padded(), "         A");
    EXPECT_EQ(right_justified<4>("ABCDEF").padded(), "ABCD");
    EXPECT_EQ(trimmed("   DAY 1  "), "DAY 1");
    EXPECT_EQ(trimmed("     "), "");
    EXPECT_EQ(trimmed(""), "");
}

TEST(SoupFramer, FindsPacketsHoweverTheStreamIsCut) {
    std::mt19937_64 random{3};
    std::vector<Taken> sent;
    Bytes stream;
    for (int i = 0; i < 300; ++i) {
        const auto type = std::array{PacketType::sequenced, PacketType::debug,
                                     PacketType::server_heartbeat}[random() % 3];
        const std::size_t size = type == PacketType::server_heartbeat ? 0 : random() % 65;
        sent.emplace_back(type, test::random_bytes(random, size));
        test::append(stream, packet(type, sent.back().second));
    }
    for (std::size_t chunk : {1U, 2U, 3U, 7U, 64U, 67U, 1'000U}) {
        Framer framer{64};
        EXPECT_EQ(take_all(framer, stream, chunk), sent) << "in pieces of " << chunk;
        EXPECT_EQ(framer.status(), FramerStatus::ok);
        EXPECT_EQ(framer.pending_bytes(), 0U);
    }
}

TEST(SoupFramer, KeepsPacketsValidUntilSpaceIsAskedFor) {
    Framer framer{10};
    Bytes stream = packet(PacketType::sequenced, test::bytes({1, 2}));
    test::append(stream, packet(PacketType::sequenced, test::bytes({3})));
    feed(framer, stream, 100);
    const auto first = framer.next();
    const auto second = framer.next();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(test::exact(first->payload), test::bytes({1, 2}));
    EXPECT_EQ(test::exact(second->payload), test::bytes({3}));
}

TEST(SoupFramer, TakesTheLongestPacketThatTheSpecificationAllows) {
    Framer framer{kPayloadBytesMax};
    const Bytes payload(kPayloadBytesMax, std::byte{7});
    Bytes stream = packet(PacketType::sequenced, test::bytes({1}));
    test::append(stream, packet(PacketType::sequenced, payload));
    const auto taken = take_all(framer, stream, 1'000);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[1].second, payload);
}

TEST(SoupFramer, StopsForGoodAtALengthOfZero) {
    Framer framer{10};
    Bytes stream = packet(PacketType::sequenced, test::bytes({1}));
    test::append(stream, test::bytes({0, 0, 0, 1, 'H'}));
    EXPECT_EQ(take_all(framer, stream, 100).size(), 1U);
    EXPECT_EQ(framer.status(), FramerStatus::empty_packet);
    EXPECT_TRUE(framer.space().empty());
    EXPECT_FALSE(framer.next());
    framer.reset();
    EXPECT_EQ(take_all(framer, packet(PacketType::debug), 100).size(), 1U);
}

TEST(SoupFramer, StopsForGoodAtAPacketThatIsTooLong) {
    Framer framer{10};
    EXPECT_EQ(take_all(framer, packet(PacketType::sequenced, Bytes(10)), 100).size(), 1U);
    EXPECT_TRUE(take_all(framer, packet(PacketType::sequenced, Bytes(11)), 100).empty());
    EXPECT_EQ(framer.status(), FramerStatus::too_long);
}

TEST(SoupFramer, TellsOfAPacketThatTheStreamCutShort) {
    const Bytes whole = packet(PacketType::sequenced, test::bytes({1, 2, 3}));
    for (std::size_t size = 1; size < whole.size(); ++size) {
        Framer framer{10};
        EXPECT_TRUE(take_all(framer, std::span{whole}.first(size), 100).empty());
        EXPECT_EQ(framer.pending_bytes(), size);
    }
}

TEST(SoupFramer, GivesUnknownTypesToTheCaller) {
    Framer framer{10};
    const auto taken = take_all(framer, packet(PacketType{'?'}, test::bytes({1})), 100);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(static_cast<char>(taken[0].first), '?');
}

TEST(SoupFramer, StaysWithinItsMemoryOnRandomBytes) {
    std::mt19937_64 random{4};
    for (int i = 0; i < 20'000; ++i) {
        Framer framer{1 + random() % 40};
        Bytes stream = test::random_bytes(random, random() % 300);
        for (std::size_t at = 0; at < stream.size(); at += 1 + random() % 20)
            stream[at] = std::byte{0};  // lengths that are often plausible
        std::size_t bytes = 0;
        for (const Taken& taken : take_all(framer, stream, 1 + random() % 50))
            bytes += sizeof(PacketHeader) + taken.second.size();
        ASSERT_LE(bytes, stream.size());
    }
}

TEST(SoupPacket, IsReadOnlyAsWhatItIs) {
    std::array<std::byte, 100> memory;
    Framer framer{100};
    feed(framer, write(memory, LoginAccepted{right_justified<10>("DAY1"), to_number_text<20>(9)}),
         100);
    const auto packet = framer.next();
    ASSERT_TRUE(packet);
    ASSERT_NE(packet->as<LoginAccepted>(), nullptr);
    EXPECT_EQ(trimmed(packet->as<LoginAccepted>()->session.padded()), "DAY1");
    EXPECT_EQ(parse_number_text(packet->as<LoginAccepted>()->sequence.padded()), 9U);
    EXPECT_EQ(packet->as<LoginRequest>(), nullptr);
    const Packet cut{PacketType::login_accepted, packet->payload.first(29)};
    EXPECT_EQ(cut.as<LoginAccepted>(), nullptr);
}

TEST(SoupHeartbeats, AreDueAfterASecondWithoutAnythingSent) {
    Heartbeats heartbeats{1'000};
    EXPECT_FALSE(heartbeats.is_due(1'000'000'999));
    EXPECT_TRUE(heartbeats.is_due(1'000'001'000));
    EXPECT_EQ(heartbeats.next_ns(), 1'000'001'000U);
    heartbeats.sent(1'000'001'000);
    EXPECT_FALSE(heartbeats.is_due(1'000'001'000));
}

TEST(SoupHeartbeats, TellOfAnEndThatSaysNothingForFifteenSeconds) {
    Heartbeats heartbeats{0};
    heartbeats.heard(5'000'000'000);
    EXPECT_FALSE(heartbeats.is_silent(19'999'999'999));
    EXPECT_TRUE(heartbeats.is_silent(20'000'000'000));
    heartbeats.sent(19'500'000'000);
    EXPECT_EQ(heartbeats.next_ns(), 20'000'000'000U);
}

TEST(EndOfSnapshot, SaysWhereToJoin) {
    const auto end = glimpse::end_of_snapshot(123'456);
    EXPECT_EQ(test::exact(bytes_of(end)), text("G              123456"));
    EXPECT_TRUE(glimpse::is_end_of_snapshot(bytes_of(end)));
    EXPECT_EQ(glimpse::join_sequence(bytes_of(end)), 123'456U);
}

TEST(EndOfSnapshot, IsNothingWhereItIsMalformed) {
    EXPECT_FALSE(glimpse::is_end_of_snapshot({}));
    EXPECT_FALSE(glimpse::join_sequence({}));
    const Bytes whole = test::exact(bytes_of(glimpse::end_of_snapshot(1)));
    for (std::size_t size = 1; size < whole.size(); ++size)
        EXPECT_FALSE(glimpse::join_sequence(test::exact(std::span{whole}.first(size))));
    EXPECT_FALSE(glimpse::join_sequence(text("G            12a4567")));
    EXPECT_FALSE(glimpse::join_sequence(text("A              123456")));
}

}  // namespace
}  // namespace rxlab::wire::soup
