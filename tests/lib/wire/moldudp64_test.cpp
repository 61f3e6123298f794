// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace rxlab::wire::mold {
namespace {

using test::Bytes;

std::vector<Bytes> messages_of(std::span<const std::byte> datagram, Status& status,
                               std::size_t skip = 0) {
    std::vector<Bytes> messages;
    status = for_each_message(
        datagram,
        [&](std::span<const std::byte> message) { messages.push_back(test::exact(message)); },
        skip);
    return messages;
}

// Session "SESSION001", sequence 42, messages {1}, {2, 2}, {3, 3, 3}.
Bytes three_messages() {
    std::array<std::byte, 100> memory;
    PacketBuilder builder{memory, "SESSION001"};
    builder.start(42);
    EXPECT_TRUE(builder.append(test::bytes({1})));
    EXPECT_TRUE(builder.append(test::bytes({2, 2})));
    EXPECT_TRUE(builder.append(test::bytes({3, 3, 3})));
    return test::exact(builder.finish());
}

TEST(PacketBuilder, LaysThePacketOutAsSpecified) {
    Bytes expected;
    for (char c : std::string{"SESSION001"})
        expected.push_back(static_cast<std::byte>(c));
    test::append(expected, test::bytes({0, 0, 0, 0, 0, 0, 0, 42, 0, 3}));
    test::append(expected, test::bytes({0, 1, 1, 0, 2, 2, 2, 0, 3, 3, 3, 3}));
    EXPECT_EQ(three_messages(), expected);
}

TEST(PacketBuilder, PadsAShortSessionWithSpaces) {
    std::array<std::byte, 20> memory;
    PacketBuilder builder{memory, "A"};
    const auto packet = builder.finish();
    EXPECT_EQ(overlay<Header>(packet).session.padded(), "A         ");
}

TEST(PacketBuilder, WithoutMessagesMakesAHeartbeat) {
    std::array<std::byte, 20> memory;
    PacketBuilder builder{memory, "S"};
    builder.start(0x0102030405060708);
    const auto packet = builder.finish();
    ASSERT_EQ(packet.size(), sizeof(Header));
    EXPECT_EQ(overlay<Header>(packet).message_count, kHeartbeat);
    EXPECT_EQ(overlay<Header>(packet).sequence, 0x0102030405060708U);
}

TEST(PacketBuilder, EndsTheSession) {
    std::array<std::byte, 100> memory;
    PacketBuilder builder{memory, "S"};
    builder.start(1);
    ASSERT_TRUE(builder.append(test::bytes({1})));
    const auto packet = builder.end_of_session(7);
    ASSERT_EQ(packet.size(), sizeof(Header));
    EXPECT_EQ(overlay<Header>(packet).message_count, 0xffff);
    EXPECT_EQ(overlay<Header>(packet).sequence, 7U);
}

TEST(PacketBuilder, StartsAfreshAfterEachPacket) {
    std::array<std::byte, 100> memory;
    PacketBuilder builder{memory, "S"};
    builder.start(1);
    ASSERT_TRUE(builder.append(test::bytes({1, 2, 3})));
    EXPECT_EQ(builder.message_count(), 1U);
    EXPECT_EQ(builder.bytes(), 25U);
    builder.start(2);
    EXPECT_EQ(builder.message_count(), 0U);
    EXPECT_EQ(builder.bytes(), 20U);
    EXPECT_EQ(builder.finish().size(), 20U);
}

TEST(PacketBuilder, FillsAPayloadOf1472BytesAndRefusesOneMore) {
    std::vector<std::byte> memory(4096);
    PacketBuilder builder{memory, "S"};
    builder.start(1);
    ASSERT_TRUE(builder.append(Bytes(1000)));                  // 1022 used
    EXPECT_FALSE(builder.append(Bytes(1472 - 1022 - 2 + 1)));  // would make 1473
    EXPECT_EQ(builder.bytes(), 1022U);
    EXPECT_EQ(builder.message_count(), 1U);
    EXPECT_TRUE(builder.append(Bytes(1472 - 1022 - 2)));
    EXPECT_EQ(builder.finish().size(), 1472U);
    EXPECT_FALSE(builder.append(Bytes(1)));
    Status status{};
    EXPECT_EQ(messages_of(builder.finish(), status).size(), 2U);
    EXPECT_EQ(status, Status::ok);
}

TEST(PacketBuilder, StaysWithinSmallerMemory) {
    std::vector<std::byte> memory(30);
    PacketBuilder builder{memory, "S"};
    builder.start(1);
    EXPECT_FALSE(builder.append(Bytes(9)));
    EXPECT_TRUE(builder.append(Bytes(8)));
    EXPECT_EQ(builder.finish().size(), 30U);
}

TEST(PacketBuilder, RefusesMessagesWithoutAValidLength) {
    std::vector<std::byte> memory(4096);
    PacketBuilder builder{memory, "S"};
    builder.start(1);
    EXPECT_FALSE(builder.append({}));
    EXPECT_FALSE(builder.append(Bytes(65'536)));  // its length would wrap to 0
    EXPECT_EQ(builder.message_count(), 0U);
}

TEST(ForEachMessage, ReadsWhatTheBuilderWrote) {
    std::mt19937_64 random{1};
    std::array<std::byte, kPayloadBytesMax> memory;
    for (int i = 0; i < 1000; ++i) {
        PacketBuilder builder{memory, "ROUNDTRIP"};
        builder.start(random());
        std::vector<Bytes> written;
        for (;;) {
            Bytes message = test::random_bytes(random, 1 + random() % 100);
            if (!builder.append(message)) break;
            written.push_back(std::move(message));
        }
        Status status{};
        EXPECT_EQ(messages_of(builder.finish(), status), written);
        EXPECT_EQ(status, Status::ok);
    }
}

TEST(ForEachMessage, StartsAtTheFirstMessageThatIsNotSkipped) {
    const Bytes packet = three_messages();
    Status status{};
    EXPECT_EQ(messages_of(packet, status, 1),
              (std::vector<Bytes>{test::bytes({2, 2}), test::bytes({3, 3, 3})}));
    EXPECT_EQ(status, Status::ok);
    EXPECT_TRUE(messages_of(packet, status, 3).empty());
    EXPECT_EQ(status, Status::ok);
    EXPECT_TRUE(messages_of(packet, status, 100).empty());
    EXPECT_EQ(status, Status::ok);
}

TEST(ForEachMessage, ReportsEveryTruncationAfterTheWholeMessages) {
    const Bytes packet = three_messages();
    for (std::size_t size = sizeof(Header); size < packet.size(); ++size) {
        const Bytes cut = test::exact(std::span{packet}.first(size));
        Status status{};
        const std::size_t whole = size < 23 ? 0 : size < 27 ? 1 : 2;
        EXPECT_EQ(messages_of(cut, status).size(), whole) << size;
        EXPECT_EQ(status, Status::truncated_message) << size;
    }
}

TEST(ForEachMessage, ReportsBytesAfterTheLastMessage) {
    Bytes packet = three_messages();
    packet.push_back(std::byte{0});
    Status status{};
    EXPECT_EQ(messages_of(packet, status).size(), 3U);
    EXPECT_EQ(status, Status::trailing_bytes);
}

TEST(ForEachMessage, FindsNoneInHeartbeatsAndEndsOfSession) {
    std::array<std::byte, 20> memory;
    PacketBuilder builder{memory, "S"};
    Status status{};
    EXPECT_TRUE(messages_of(builder.finish(), status).empty());
    EXPECT_EQ(status, Status::ok);
    EXPECT_TRUE(messages_of(builder.end_of_session(1), status).empty());
    EXPECT_EQ(status, Status::ok);
}

TEST(ForEachMessage, ReadsNothingBeyondRandomBytes) {
    std::mt19937_64 random{2};
    for (int i = 0; i < 100'000; ++i) {
        Bytes packet = test::random_bytes(random, sizeof(Header) + random() % 60);
        packet[18] = std::byte{0};  // a count and lengths that are often plausible
        packet[19] &= std::byte{7};
        if (packet.size() > 20) packet[20] = std::byte{0};
        std::size_t bytes = sizeof(Header);
        std::size_t calls = 0;
        const Status status = for_each_message(packet, [&](std::span<const std::byte> message) {
            bytes += 2 + message.size();
            ++calls;
        });
        ASSERT_LE(bytes, packet.size());
        EXPECT_EQ(status == Status::ok,
                  bytes == packet.size() && calls == overlay<Header>(packet).message_count.get());
    }
}

TEST(Request, HasTheLayoutOfAHeaderAndIsReadBack) {
    const Header header = to_wire({"SESSION001", 0x0102030405060708, 300});
    const auto request = parse_request(bytes_of(header));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->session.view(), "SESSION001");
    EXPECT_EQ(request->sequence, 0x0102030405060708U);
    EXPECT_EQ(request->message_count, 300U);
}

TEST(Request, IsNothingOfAnotherLengthOrForNoMessages) {
    const Bytes good = test::exact(bytes_of(to_wire({"S", 1, 1})));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(parse_request(test::exact(std::span{good}.first(size)))) << size;
    Bytes longer = good;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(parse_request(longer));
    EXPECT_FALSE(parse_request(bytes_of(to_wire({"S", 1, kHeartbeat}))));
    EXPECT_FALSE(parse_request(bytes_of(to_wire({"S", 1, kEndOfSession}))));
}

}  // namespace
}  // namespace rxlab::wire::mold
