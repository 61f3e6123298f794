// SPDX-License-Identifier: MIT
#include "test_bytes.hpp"

#include <rxlab/wire/itch.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rxlab::wire::itch {
namespace {

// Gives every field a random value and remembers the values.
struct RandomFields {
    std::mt19937_64& random;
    std::vector<std::string> values;

    template <std::size_t N>
    void operator()(std::string_view, BigEndian<N>& field) {
        constexpr std::uint64_t kMask = ~std::uint64_t{0} >> (64 - 8 * N);
        const std::uint64_t value = random() & kMask;
        field = static_cast<typename BigEndian<N>::Value>(value);
        values.push_back(std::to_string(value));
    }
    template <std::size_t N>
    void operator()(std::string_view, Text<N>& field) {
        std::string text(1 + random() % N, ' ');
        for (char& c : text)
            c = static_cast<char>('!' + random() % 94);
        field = Text<N>{text};
        values.push_back(text);
    }
};

struct ReadFields {
    std::vector<std::string> values;

    template <std::size_t N>
    void operator()(std::string_view, const BigEndian<N>& field) {
        values.push_back(std::to_string(field.get()));
    }
    template <std::size_t N>
    void operator()(std::string_view, const Text<N>& field) {
        values.emplace_back(field.view());
    }
};

// A message of one type with random content.
template <typename Message>
Message random_message(std::mt19937_64& random, std::vector<std::string>* values = nullptr) {
    Message message;
    message.header.stock_locate = static_cast<std::uint16_t>(random());
    message.header.tracking_number = static_cast<std::uint16_t>(random());
    message.header.timestamp = random() & 0xffff'ffff'ffffU;
    RandomFields fill{random, {}};
    for_each_field(message, fill);
    if (values != nullptr) *values = std::move(fill.values);
    return message;
}

TEST(ItchMessage, OfEveryTypeReadsBackAsWritten) {
    std::mt19937_64 random{1};
    int types = 0;
    for_each_message_type([&]<typename Message>() {
        ++types;
        for (int i = 0; i < 50; ++i) {
            std::vector<std::string> written;
            const auto message = random_message<Message>(random, &written);
            ReadFields read;
            bool same_type = false;
            const Status status = visit(bytes_of(message), [&](const auto& view) {
                same_type = std::is_same_v<decltype(view), const Message&>;
                for_each_field(view, read);
                EXPECT_EQ(view.header.stock_locate, message.header.stock_locate);
                EXPECT_EQ(view.header.tracking_number, message.header.tracking_number);
                EXPECT_EQ(view.header.timestamp, message.header.timestamp);
            });
            EXPECT_EQ(status, Status::ok) << Message::kName;
            EXPECT_TRUE(same_type) << Message::kName;
            EXPECT_EQ(read.values, written) << Message::kName;
        }
    });
    EXPECT_EQ(types, 23);
}

TEST(ItchMessage, CarriesItsTypeFromTheStart) {
    for_each_message_type([]<typename Message>() {
        EXPECT_EQ(bytes_of(Message{})[0], static_cast<std::byte>(Message::kType));
        EXPECT_EQ(message_length(Message::kType), sizeof(Message));
    });
}

// Counts what `visit` hands out.
Status visit_counting(std::span<const std::byte> message, int& calls) {
    return visit(message, [&calls](const auto&) { ++calls; });
}

TEST(ItchVisit, RefusesEveryTruncationOfEveryType) {
    std::mt19937_64 random{2};
    for_each_message_type([&]<typename Message>() {
        const auto message = random_message<Message>(random);
        for (std::size_t size = 0; size < sizeof(Message); ++size) {
            int calls = 0;
            const test::Bytes cut = test::exact(bytes_of(message).first(size));
            EXPECT_EQ(visit_counting(cut, calls), Status::wrong_length) << Message::kName << size;
            EXPECT_EQ(calls, 0);
        }
    });
}

TEST(ItchVisit, ReadsMessagesWithMoreBehindThemByWhatIsKnown) {
    for_each_message_type([]<typename Message>() {
        test::Bytes message = test::exact(bytes_of(Message{}));
        message.push_back(std::byte{0});
        int calls = 0;
        EXPECT_EQ(visit_counting(message, calls), Status::ok) << Message::kName;
        EXPECT_EQ(calls, 1);
    });
}

TEST(ItchVisit, ReportsUnknownTypesOfAnyLength) {
    for (int type = 0; type < 256; ++type) {
        if (message_length(static_cast<char>(type)) != 0) continue;
        for (std::size_t size : {1U, 11U, 36U, 100U}) {
            test::Bytes message(size);
            message[0] = static_cast<std::byte>(type);
            int calls = 0;
            EXPECT_EQ(visit_counting(message, calls), Status::unknown_type) << type;
            EXPECT_EQ(calls, 0);
        }
    }
}

TEST(ItchVisit, ReadsNothingBeyondRandomBytes) {
    std::mt19937_64 random{3};
    std::uint64_t ok = 0;
    for (int i = 0; i < 100'000; ++i) {
        const test::Bytes message = test::random_bytes(random, random() % 56);
        ReadFields read;
        const Status status =
            visit(message, [&read](const auto& view) { for_each_field(view, read); });
        const std::size_t expected =
            message.empty() ? 0 : message_length(std::to_integer<char>(message[0]));
        EXPECT_EQ(status == Status::ok, expected != 0 && message.size() >= expected);
        ok += status == Status::ok;
    }
    EXPECT_GT(ok, 0U);
}

}  // namespace
}  // namespace rxlab::wire::itch
