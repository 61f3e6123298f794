// SPDX-License-Identifier: MIT
#include <rxlab/book/book.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <vector>

namespace rxlab::rx {
namespace {

namespace itch = wire::itch;
namespace mold = wire::mold;

template <typename Message>
void append(std::vector<std::byte>& packet, Message message) {
    message.header.stock_locate = 7;
    packet.push_back(std::byte{0});
    packet.push_back(std::byte{sizeof(Message)});
    const auto bytes = std::as_bytes(std::span{&message, 1});
    packet.insert(packet.end(), bytes.begin(), bytes.end());
}

// Every third message deletes the order that the one before has added.
std::vector<std::byte> packet_of(std::uint16_t messages) {
    std::vector<std::byte> packet;
    for (std::uint16_t i = 0; i < messages; ++i) {
        if (i % 3 == 2) {
            itch::OrderDelete message;
            message.order_reference = i - 1U;
            append(packet, message);
            continue;
        }
        itch::AddOrder message;
        message.order_reference = i;
        message.side = wire::Char{i % 2 == 0 ? 'B' : 'S'};
        message.shares = i + 1U;
        message.price = i % 2 == 0 ? 1'000U - i : 2'000U + i;
        append(packet, message);
    }
    return packet;
}

void expect_as_one_by_one(std::span<const std::byte> packet, std::uint16_t count,
                          std::size_t skip) {
    const book::BookLimits limits{200, 200};
    book::Book together{limits}, one_by_one{limits};
    const mold::Status expected = mold::for_each_message(
        packet, count, [&](book::MessageView message) { one_by_one.apply(message); }, skip);
    EXPECT_EQ(apply_messages(together, packet, count, skip), expected);
    EXPECT_EQ(together.counters(), one_by_one.counters());
    EXPECT_EQ(together.digest(), one_by_one.digest());
    EXPECT_EQ(together.top(7), one_by_one.top(7));
}

TEST(ApplyMessages, OfAPacketIsApplyingEach) {
    for (const std::uint16_t count :
         std::initializer_list<std::uint16_t>{0, 1, 2, 3, 31, 32, 33, 64, 65, 100}) {
        const std::vector<std::byte> packet = packet_of(count);
        for (const std::size_t skip : {0, 1, 2, 32, 40, 100}) {
            SCOPED_TRACE(testing::Message() << count << " messages, from number " << skip);
            expect_as_one_by_one(packet, count, skip);
        }
    }
}

TEST(ApplyMessages, AppliesWhatStandsBeforeACut) {
    const std::vector<std::byte> packet = packet_of(40);
    for (std::size_t size = 0; size < packet.size(); ++size) {
        SCOPED_TRACE(size);
        expect_as_one_by_one(std::span{packet}.first(size), 40, 0);
    }
}

TEST(ApplyMessages, SaysThatBytesAreLeftOver) {
    const std::vector<std::byte> packet = packet_of(40);
    expect_as_one_by_one(packet, 39, 0);
}

}  // namespace
}  // namespace rxlab::rx
