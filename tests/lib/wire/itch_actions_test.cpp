// SPDX-License-Identifier: MIT
#include <rxlab/wire/itch.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace rxlab::wire::itch {
namespace {

constexpr std::string_view kBookTypes = "AFECXDU";

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

// What a book reads of a message, through the struct that stands for all types that do the same, is
// what the message's own struct holds there.
TEST(ItchBookMessage, IsReadThroughTheStructOfItsActionWhateverItsType) {
    std::mt19937_64 random{1};
    for (int round = 0; round < 50; ++round) {
        for_each_message_type([&]<typename Message>() {
            std::vector<std::byte> bytes(sizeof(Message));
            for (std::byte& byte : bytes) {
                byte = static_cast<std::byte>(random());
            }
            bytes[0] = static_cast<std::byte>(Message::kType);
            const auto& m = overlay<Message>(bytes);
            const BookType type = book_type(bytes);
            EXPECT_EQ(type.action, action_of(Message::kType)) << Message::kType;
            if constexpr (requires { m.order_reference; }) {
                EXPECT_EQ(overlay<OrderDelete>(bytes).order_reference, m.order_reference);
            }
            if constexpr (requires { m.attribution; } || Message::kType == 'A') {
                const auto& add = overlay<BookAdd>(bytes);
                EXPECT_EQ(static_cast<char>(bytes[type.side_at]), m.side.front());
                EXPECT_EQ(add.side.front(), m.side.front());
                EXPECT_EQ(add.shares, m.shares);
                EXPECT_EQ(add.price, m.price);
                EXPECT_EQ(add.stock.padded(), m.stock.padded());
            }
            const auto& reduce = overlay<BookReduce>(bytes);
            if constexpr (requires { m.executed_shares; }) {
                EXPECT_EQ(reduce.cancelled_shares, m.executed_shares);
            }
        });
    }
}

// The bytes lie at the very end of their allocation, where the address sanitizer watches.
TEST(ItchBookMessage, ThatIsTooShortIsNone) {
    for (const char type : kBookTypes) {
        for (std::size_t length = 0; length < message_length(type); ++length) {
            std::vector<std::byte> bytes(length, std::byte{1});
            if (length > 0) bytes[0] = static_cast<std::byte>(type);
            EXPECT_EQ(book_type(bytes).action, BookAction::none) << type << ' ' << length;
        }
    }
}

TEST(ItchBookMessage, WithFieldsAddedAtItsEndIsReadByWhatIsKnown) {
    for (const char type : kBookTypes) {
        std::vector<std::byte> bytes(message_length(type) + 5, std::byte{1});
        bytes[0] = static_cast<std::byte>(type);
        EXPECT_EQ(book_type(bytes).action, action_of(type)) << type;
    }
}

TEST(ItchBookMessage, OfAnUnknownTypeIsNone) {
    for (int type = 0; type < 256; ++type) {
        for (const std::size_t length : {1U, 19U, 36U}) {
            if (kBookTypes.find(static_cast<char>(type)) != std::string_view::npos) continue;
            std::vector<std::byte> bytes(length, std::byte{1});
            bytes[0] = static_cast<std::byte>(type);
            EXPECT_EQ(book_type(bytes).action, BookAction::none) << type;
        }
    }
}

}  // namespace
}  // namespace rxlab::wire::itch
