// SPDX-License-Identifier: MIT
#include <rxlab/wire/itch_book.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace rxlab::wire::itch {
namespace {

constexpr std::string_view kBookTypes = "AFECXDU";

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    for (const char c : text) {
        value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
}

// The fields of the struct that visit() lays over the message, by name.
BookMessage expected_of(std::span<const std::byte> bytes) {
    BookMessage expected{};
    visit(bytes, [&]<typename Message>(const Message& m) {
        if (kBookTypes.find(Message::kType) == std::string_view::npos) return;
        expected.type = Message::kType;
        expected.stock_locate = m.header.stock_locate;
        expected.tracking_number = m.header.tracking_number;
        expected.timestamp = m.header.timestamp;
        if constexpr (requires { m.order_reference; }) expected.order_reference = m.order_reference;
        if constexpr (requires {
                          m.shares;
                          m.order_reference;
                      })
            expected.shares = m.shares;
        if constexpr (requires { m.executed_shares; }) expected.shares = m.executed_shares;
        if constexpr (requires { m.cancelled_shares; }) expected.shares = m.cancelled_shares;
        if constexpr (requires { m.price; }) expected.price = m.price;
        if constexpr (requires { m.execution_price; }) expected.price = m.execution_price;
        if constexpr (requires { m.side; }) expected.flag = m.side.front();
        if constexpr (requires { m.printable; }) expected.flag = m.printable.front();
        if constexpr (requires { m.stock; }) expected.second = number(m.stock.padded());
        if constexpr (requires { m.match_number; }) expected.second = m.match_number;
        if constexpr (requires { m.new_order_reference; }) expected.second = m.new_order_reference;
        if constexpr (requires { m.attribution; }) {
            expected.attribution = static_cast<std::uint32_t>(number(m.attribution.padded()));
        }
    });
    return expected;
}

void expect_same(const BookMessage& found, const BookMessage& expected) {
    EXPECT_EQ(found.type, expected.type);
    EXPECT_EQ(found.flag, expected.flag);
    EXPECT_EQ(found.stock_locate, expected.stock_locate);
    EXPECT_EQ(found.tracking_number, expected.tracking_number);
    EXPECT_EQ(found.timestamp, expected.timestamp);
    EXPECT_EQ(found.order_reference, expected.order_reference);
    EXPECT_EQ(found.second, expected.second);
    EXPECT_EQ(found.shares, expected.shares);
    EXPECT_EQ(found.price, expected.price);
    EXPECT_EQ(found.attribution, expected.attribution);
}

BookAction action_of(char type) {
    switch (type) {
        case 'A':
        case 'F':
            return BookAction::add;
        case 'E':
        case 'C':
        case 'X':
            return BookAction::reduce;
        case 'D':
            return BookAction::remove;
        case 'U':
            return BookAction::replace;
        default:
            return BookAction::none;
    }
}

TEST(ItchBookMessage, HoldsWhatTheStructsHoldForRandomBytesOfEveryType) {
    std::mt19937_64 random{1};
    for (int round = 0; round < 50; ++round) {
        for_each_message_type([&]<typename Message>() {
            std::vector<std::byte> bytes(sizeof(Message));
            for (std::byte& byte : bytes) {
                byte = static_cast<std::byte>(random());
            }
            bytes[0] = static_cast<std::byte>(Message::kType);
            const BookMessage found = decode_book_message(bytes);
            EXPECT_EQ(found.action, action_of(Message::kType)) << Message::kType;
            const BookType type = book_type(bytes);
            EXPECT_EQ(type.action, found.action) << Message::kType;
            if (type.action == BookAction::add) {
                EXPECT_EQ(static_cast<char>(bytes[type.side_at]), found.flag);
            }
            expect_same(found, expected_of(bytes));
        });
    }
}

// The bytes lie at the very end of their allocation, where the address sanitizer watches.
TEST(ItchBookMessage, ThatIsTooShortIsNone) {
    for (const char type : kBookTypes) {
        for (std::size_t length = 0; length < message_length(type); ++length) {
            std::vector<std::byte> bytes(length, std::byte{1});
            if (length > 0) bytes[0] = static_cast<std::byte>(type);
            const BookMessage found = decode_book_message(bytes);
            EXPECT_EQ(found.action, BookAction::none) << type << ' ' << length;
            EXPECT_EQ(book_type(bytes).action, BookAction::none) << type << ' ' << length;
            expect_same(found, {});
        }
    }
}

TEST(ItchBookMessage, WithFieldsAddedAtItsEndIsReadByWhatIsKnown) {
    for (const char type : kBookTypes) {
        const std::size_t length = message_length(type);
        std::vector<std::byte> bytes(length + 5, std::byte{1});
        bytes[0] = static_cast<std::byte>(type);
        const auto known = std::span{bytes}.first(length);
        EXPECT_NE(book_type(bytes).action, BookAction::none) << type;
        expect_same(decode_book_message(bytes), decode_book_message(known));
    }
}

TEST(ItchBookMessage, OfAnUnknownTypeIsNone) {
    for (int type = 0; type < 256; ++type) {
        for (const std::size_t length : {1U, 19U, 36U}) {
            if (kBookTypes.find(static_cast<char>(type)) != std::string_view::npos) continue;
            std::vector<std::byte> bytes(length, std::byte{1});
            bytes[0] = static_cast<std::byte>(type);
            EXPECT_EQ(decode_book_message(bytes).action, BookAction::none) << type;
        }
    }
}

}  // namespace
}  // namespace rxlab::wire::itch
