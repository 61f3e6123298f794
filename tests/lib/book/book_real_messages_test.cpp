// SPDX-License-Identifier: MIT
//
// 1,000 real messages from the middle of a trading day, where they are present: exchange data is
// not part of the repository.
#include "oracle.hpp"

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace rxlab::book {
namespace {

const std::string kPath = RXLAB_SOURCE_DIR "/../shared/data/nasdaq-itch50-20191230-1000msg.bin";

// 394 messages are about orders added before the first of the 1,000. 5 more are about orders that
// one of these, a replace, would have made: without the old order nobody knows their side.
constexpr std::uint64_t kUnknownReferences = 394 + 5;

// Calls `visitor` with each message of a file of length-prefixed messages.
template <typename Visitor>
void for_each_message(std::span<const std::byte> file, Visitor&& visitor) {
    while (file.size() >= 2) {
        const std::size_t length =
            std::to_integer<std::size_t>(file[0]) * 256 + std::to_integer<std::size_t>(file[1]);
        if (length == 0) return;
        ASSERT_GE(file.size(), 2 + length);
        visitor(file.subspan(2, length));
        file = file.subspan(2 + length);
    }
    ASSERT_TRUE(file.empty());
}

class BookRealMessages : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(kPath)) GTEST_SKIP() << "real messages not there: " << kPath;
        std::ifstream in{kPath, std::ios::binary};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        std::ranges::transform(text, std::back_inserter(file_),
                               [](char c) { return static_cast<std::byte>(c); });
    }

    std::vector<std::byte> file_;
};

TEST_F(BookRealMessages, GiveTheOraclesBook) {
    Book book;
    test::Oracle oracle;
    for_each_message(file_, [&](std::span<const std::byte> message) {
        book.apply(message);
        oracle.apply(message);
    });
    oracle.expect_same(book);
    EXPECT_NE(book.digest(), 0U);
}

TEST_F(BookRealMessages, AreAllWellFormedAndCountedByTheirOutcome) {
    Book book;
    for_each_message(file_, [&](std::span<const std::byte> message) { book.apply(message); });
    const BookCounters& counters = book.counters();
    EXPECT_EQ(counters.messages, 1'000U);
    EXPECT_EQ(counters.adds, 367U + 193U);           // A and F
    EXPECT_EQ(counters.ignored, 4U + 4U + 4U + 1U);  // I, P, Q and S
    EXPECT_EQ(counters.unknown_reference, kUnknownReferences);
    EXPECT_EQ(counters.executions + counters.cancels + counters.deletes + counters.replaces,
              28U + 1U + 6U + 167U + 225U - kUnknownReferences);
    for (const NamedCounter& counter : kBookCounters) {
        if (!counter.anomaly || counter.name == "unknown_reference") continue;
        EXPECT_EQ(counters.*counter.value, 0U) << counter.name;
    }
}

TEST_F(BookRealMessages, NameTheirSymbols) {
    Book book;
    for_each_message(file_, [&](std::span<const std::byte> message) { book.apply(message); });
    const std::vector<SymbolActivity> symbols = book.busiest(10'000);
    std::uint64_t messages = 0;
    for (const SymbolActivity& symbol : symbols) {
        messages += symbol.messages;
    }
    EXPECT_EQ(messages, 999U);  // all but the system event
    EXPECT_FALSE(symbols.front().stock.empty());
}

}  // namespace
}  // namespace rxlab::book
