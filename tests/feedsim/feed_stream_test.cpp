// SPDX-License-Identifier: MIT
#include "feedsim/market/feed_stream.hpp"

#include "fakes.hpp"
#include "feedsim/market/market.hpp"

#include <rxlab/wire/itch.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace rxlab::feedsim::test {
namespace {

namespace mold = wire::mold;

StreamOptions options(std::uint32_t messages_per_packet) {
    return {.session = mold::Session{"RXLAB00001"}, .messages_per_packet = messages_per_packet};
}

std::unique_ptr<MessageSource> market() {
    return std::make_unique<Market>(MarketOptions{.seed = 3, .symbols = 20});
}

TEST(FeedStream, CarriesAllMessagesInOrder) {
    for (const std::uint32_t per_packet : {1U, 2U, 7U, 103U}) {
        StreamOptions bounded = options(per_packet);
        bounded.messages_max = 5'000;
        bounded.first_sequence = 1'000;
        FeedStream stream{market(), bounded};
        const auto expected = market();
        std::uint64_t sequence = 1'000;
        for (FeedPacket packet = stream.next({}); !packet.payload.empty();
             packet = stream.next({})) {
            const auto& header = wire::overlay<mold::Header>(packet.payload);
            ASSERT_EQ(packet.sequence, sequence);
            ASSERT_EQ(header.sequence.get(), sequence);
            ASSERT_EQ(header.message_count.get(), packet.messages);
            ASSERT_EQ(header.session.view(), "RXLAB00001");
            ASSERT_LE(packet.messages, per_packet);
            ASSERT_LE(packet.payload.size(), mold::kPayloadBytesMax);
            for (const Bytes& message : messages_of(packet.payload)) {
                const auto next = expected->next();
                ASSERT_EQ(message, Bytes(next.begin(), next.end())) << sequence;
                ++sequence;
            }
        }
        EXPECT_EQ(sequence, 6'000U);
        EXPECT_EQ(stream.failure(), "");
    }
}

TEST(FeedStream, FillsAPacketWithAsManyMessagesAsFit) {
    FeedStream stream{std::make_unique<CountingSource>(1'000, 12), options(kMessagesPerPacketMax)};
    EXPECT_EQ(stream.next({}).messages, kMessagesPerPacketMax);
    FeedStream longer{std::make_unique<CountingSource>(1'000, 50), options(kMessagesPerPacketMax)};
    const FeedPacket packet = longer.next({});
    EXPECT_EQ(packet.messages, 27U);
    EXPECT_EQ(packet.payload.size(), 20U + 27 * 52);
    EXPECT_EQ(longer.next({}).sequence, 28U);
}

TEST(FeedStream, EndsAtEitherBound) {
    StreamOptions packets = options(3);
    packets.packets_max = 2;
    FeedStream by_packets{std::make_unique<CountingSource>(100), packets};
    EXPECT_EQ(by_packets.next({}).messages, 3U);
    EXPECT_EQ(by_packets.next({}).messages, 3U);
    EXPECT_TRUE(by_packets.next({}).payload.empty());

    StreamOptions messages = options(3);
    messages.messages_max = 4;
    FeedStream by_messages{std::make_unique<CountingSource>(100), messages};
    EXPECT_EQ(by_messages.next({}).messages, 3U);
    EXPECT_EQ(by_messages.next({}).messages, 1U);
    EXPECT_TRUE(by_messages.next({}).payload.empty());
    EXPECT_TRUE(by_messages.next({}).payload.empty());
}

TEST(FeedStream, EndsWithItsSource) {
    FeedStream stream{std::make_unique<CountingSource>(4), options(3)};
    EXPECT_EQ(stream.next({}).messages, 3U);
    EXPECT_EQ(stream.next({}).messages, 1U);
    EXPECT_TRUE(stream.next({}).payload.empty());
}

TEST(FeedStream, StampsTheTimeIntoEveryMessage) {
    StreamOptions bounded = options(5);
    bounded.packets_max = 20;
    FeedStream stream{market(), bounded};
    const auto expected = market();
    std::uint64_t stamp_ns = 86'399'999'999'000;
    for (int i = 0; i < 20; ++i) {
        const FeedPacket packet = stream.next(++stamp_ns);
        for (const Bytes& message : messages_of(packet.payload)) {
            const auto& header = wire::overlay<wire::itch::MessageHeader>(message);
            EXPECT_EQ(header.timestamp.get(), stamp_ns);
            const auto next = expected->next();
            Bytes restored = message;
            std::copy_n(next.begin() + 5, 6, restored.begin() + 5);
            EXPECT_EQ(restored, Bytes(next.begin(), next.end())) << "something else changed";
        }
    }
}

TEST(FeedStream, LeavesMessagesTooShortForATimestampAlone) {
    FeedStream stream{std::make_unique<CountingSource>(1, 10), options(1)};
    const auto messages = messages_of(stream.next(0x0102'0304'0506).payload);
    ASSERT_EQ(messages.size(), 1U);
    Bytes expected(10, std::byte{'D'});
    expected.back() = std::byte{1};
    EXPECT_EQ(messages.front(), expected);
}

TEST(FeedStream, SaysWhichMessageFitsIntoNoPacket) {
    FeedStream stream{std::make_unique<CountingSource>(10, 1'451), options(1)};
    EXPECT_TRUE(stream.next({}).payload.empty());
    EXPECT_EQ(stream.failure(), "pack message 1: its 1451 bytes do not fit into a packet of 1472");
    FeedStream largest{std::make_unique<CountingSource>(10, 1'450), options(1)};
    EXPECT_EQ(largest.next({}).payload.size(), 1'472U);
}

}  // namespace
}  // namespace rxlab::feedsim::test
