// SPDX-License-Identifier: MIT
#include "messages.hpp"
#include "oracle.hpp"

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

// The sanitizers' allocators stop the program at an impossible size unless told otherwise.
extern "C" const char* __asan_default_options() {
    return "allocator_may_return_null=1";
}
extern "C" const char* __tsan_default_options() {
    return "allocator_may_return_null=1";
}

namespace rxlab::book {
namespace {

std::string error_of(const BookLimits& limits) {
    try {
        Book{limits};
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

TEST(BookCapacity, OrderBeyondTheLimitIsCountedAndTheRestStands) {
    const BookLimits limits{3, 100};
    Book book{limits};
    test::Oracle oracle{limits};
    const auto apply = [&](const test::Bytes& message) {
        book.apply(message);
        oracle.apply(message);
    };
    for (std::uint64_t reference = 1; reference <= 5; ++reference) {
        apply(test::add(7, reference, 'B', 10, 50));
    }
    EXPECT_EQ(book.counters().orders_over_capacity, 2U);
    EXPECT_EQ(book.top(7).bid, (Level{50, 3, 30}));
    apply(test::replace(7, 1, 4, 10, 51));  // needs no more room
    EXPECT_EQ(book.counters().replaces, 1U);
    apply(test::remove(7, 2));
    apply(test::add(7, 9, 'B', 10, 50));
    EXPECT_EQ(book.counters().orders_over_capacity, 2U);
    oracle.expect_same(book);
}

TEST(BookCapacity, LevelBeyondTheLimitIsCountedAndTheRestStands) {
    const BookLimits limits{100, 2};
    Book book{limits};
    test::Oracle oracle{limits};
    const auto apply = [&](const test::Bytes& message) {
        book.apply(message);
        oracle.apply(message);
    };
    apply(test::add(7, 1, 'B', 10, 50));
    apply(test::add(7, 2, 'S', 10, 60));
    apply(test::add(7, 3, 'B', 10, 49));
    apply(test::add(8, 4, 'B', 10, 50));
    EXPECT_EQ(book.counters().levels_over_capacity, 2U);
    apply(test::add(7, 5, 'B', 10, 50));  // an existing level
    EXPECT_EQ(book.top(7).bid, (Level{50, 2, 20}));
    apply(test::replace(7, 1, 6, 10, 49));  // its old level lives on: no room for the new one
    EXPECT_EQ(book.counters().levels_over_capacity, 3U);
    EXPECT_EQ(book.orders(), 2U);
    apply(test::replace(7, 5, 7, 10, 49));  // its old level dies: room
    EXPECT_EQ(book.top(7).bid, (Level{49, 1, 10}));
    oracle.expect_same(book);
}

// Fills a book to its last level in one shape, and empties it again.
void fill_and_empty(Book& book, std::uint32_t levels, std::uint32_t symbols) {
    for (std::uint32_t i = 0; i < levels; ++i) {
        book.apply(test::add(static_cast<std::uint16_t>(1 + i % symbols), i, i % 2 == 0 ? 'B' : 'S',
                             1, i * 2'654'435'761U));
    }
    ASSERT_EQ(book.counters().levels_over_capacity, 0U);
    ASSERT_EQ(book.levels(), levels);
    for (std::uint32_t i = 0; i < levels; ++i) {
        book.apply(test::remove(static_cast<std::uint16_t>(1 + i % symbols), i));
    }
    ASSERT_EQ(book.levels(), 0U);
    ASSERT_EQ(book.digest(), 0U);
}

TEST(BookCapacity, AllLevelsOfTheLimitFitInAnyShape) {
    Book book{{8'000, 8'000}};
    for (const std::uint32_t symbols : {1U, 7'999U, 90U, 3U, 4'000U, 1U, 1'000U, 2U}) {
        ASSERT_NO_FATAL_FAILURE(fill_and_empty(book, 8'000, symbols)) << symbols;
    }
}

// One level in each of many symbols, every other one removed: no two neighbouring pieces are free
// where they lay, and still one symbol may use all the levels that are left.
void grow_among_scattered_symbols(std::uint32_t limit) {
    Book book{{limit, limit}};
    for (std::uint32_t i = 1; i <= limit; ++i) {
        book.apply(test::add(static_cast<std::uint16_t>(i), i, 'B', 1, 1));
    }
    for (std::uint32_t i = 2; i <= limit; i += 2) {
        book.apply(test::remove(static_cast<std::uint16_t>(i), i));
    }
    for (std::uint32_t i = 2; i <= limit; i += 2) {
        book.apply(test::add(1, i, 'B', 1, i));
    }
    ASSERT_EQ(book.counters().levels_over_capacity, 0U) << limit;
    ASSERT_EQ(book.levels(), limit);
}

TEST(BookCapacity, ScatteredSymbolsDoNotKeepOneFromGrowing) {
    for (const std::uint32_t limit : {8U, 64U, 1'000U, 8'000U, 8'192U, 65'000U}) {
        ASSERT_NO_FATAL_FAILURE(grow_among_scattered_symbols(limit));
    }
}

// One symbol after the other grows to 31 levels, which takes four pieces of memory in a row, and
// shrinks to one, which keeps the first of them: in the end there are no four in a row, though
// there is room for more levels.
template <typename B>
void scatter(B& book) {
    for (std::uint16_t symbol = 1; book.counters().levels_over_capacity == 0; ++symbol) {
        ASSERT_LE(symbol, 64) << "there is always room";
        for (std::uint32_t price = 1; price <= 31; ++price) {
            book.apply(test::add(symbol, symbol * 100U + price, 'B', 1, price));
        }
        if (book.counters().levels_over_capacity != 0) break;
        for (std::uint32_t price = 2; price <= 31; ++price) {
            book.apply(test::remove(symbol, symbol * 100U + price));
        }
    }
}

template <typename B>
class BookCapacityOf : public testing::Test {};
using FixedLayouts = testing::Types<Book, FifoBook>;
TYPED_TEST_SUITE(BookCapacityOf, FixedLayouts);

TYPED_TEST(BookCapacityOf, LevelThatFindsNoPieceOfMemoryIsCountedAndTheRestStands) {
    constexpr std::uint32_t kLevels = 64;
    TypeParam book{{1'000, kLevels}};
    ASSERT_NO_FATAL_FAILURE(scatter(book));
    ASSERT_EQ(book.counters().levels_over_capacity, 1U);
    ASSERT_LT(book.levels(), kLevels);
    const std::uint64_t digest = book.digest();
    const std::size_t orders = book.orders(), levels = book.levels();
    const auto symbol = static_cast<std::uint16_t>(orders - 30 + 1);  // the others have one each
    for (std::uint64_t reference = 50'001; reference <= 50'100; ++reference) {
        book.apply(test::add(symbol, reference, 'B', 1, 31));
    }
    EXPECT_EQ(book.counters().levels_over_capacity, 101U);
    EXPECT_EQ(book.digest(), digest);
    std::vector<Level> found(40);
    ASSERT_EQ(book.depth(symbol, Side::bid, found), 30U);
    EXPECT_EQ(found[0], (Level{30, 1, 1}));
    EXPECT_EQ(found[29], (Level{1, 1, 1}));
    EXPECT_EQ(book.orders(), orders);
    EXPECT_EQ(book.levels(), levels);
    // Nothing was lost: levels that need no larger piece fit up to the limit.
    for (std::uint16_t other = 101; book.levels() < kLevels; ++other) {
        ASSERT_LT(other, 200);
        book.apply(test::add(other, other * 1'000U, 'S', 1, 1));
    }
    EXPECT_EQ(book.counters().levels_over_capacity, 101U);
}

TEST(BookCapacity, SmallLimitsNeverCorruptTheBook) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        std::mt19937_64 random{seed};
        const BookLimits limits{1 + random() % 20, 1 + random() % 10};
        Book book{limits};
        test::Oracle oracle{limits};
        for (int i = 0; i < 400; ++i) {
            const auto locate = static_cast<std::uint16_t>(1 + random() % 3);
            const std::uint64_t reference = random() % 40;
            const auto shares = static_cast<std::uint32_t>(1 + random() % 5);
            const auto price = static_cast<std::uint32_t>(random() % 6);
            const test::Bytes message =
                random() % 2 == 0   ? test::add(locate, reference, 'B', shares, price)
                : random() % 2 == 0 ? test::replace(locate, reference, random() % 40, shares, price)
                                    : test::execute(locate, reference, shares);
            book.apply(message);
            oracle.apply(message);
        }
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same(book)) << "seed " << seed;
        ASSERT_GT(book.counters().orders_over_capacity + book.counters().levels_over_capacity, 0U);
    }
}

// BookLimits says what a level and an order cost.
TEST(BookCapacity, TakesTheMemoryThatTheLimitsSay) {
    constexpr std::size_t kSymbols_bytes = std::size_t{4} << 20;
    const auto bytes = [](std::size_t orders, std::size_t levels) {
        return Book{{orders, levels}}.memory_bytes() - kSymbols_bytes;
    };
    constexpr std::size_t kUnit_bytes = 128;  // one blank unit belongs to nobody
    for (const std::size_t levels : {262'144U, 262'145U, 500'000U, 1'000'000U}) {
        const std::size_t of_levels = bytes(4, levels) - 8 * 16 - kUnit_bytes;
        EXPECT_GE(of_levels, levels * (32 + 140)) << levels;
        EXPECT_LE(of_levels, levels * (32 + 280)) << levels;
    }
    for (const std::size_t levels : {1'000U, 4'097U, 65'537U, 131'072U}) {
        const std::size_t of_levels = bytes(4, levels) - 8 * 16 - kUnit_bytes;
        EXPECT_GE(of_levels, levels * (32 + 280)) << levels;
        EXPECT_LE(of_levels, levels * (32 + 560)) << levels;
    }
    for (const std::size_t orders : {1'000U, 524'288U, 524'289U, 1'000'000U}) {
        const std::size_t of_orders = bytes(orders, 1) - bytes(4, 1) + 8 * 16;
        EXPECT_GE(of_orders, orders * 32) << orders;
        EXPECT_LE(of_orders, orders * 64) << orders;
        EXPECT_EQ(FifoBook({orders, 1}).memory_bytes() - bytes(orders, 1) - kSymbols_bytes,
                  (orders + 1) * 32);
    }
}

TEST(BookCapacity, ImpossibleLimitsAreRefusedWithTheirSizes) {
    EXPECT_EQ(error_of({0, 1}), "book of 0 orders: must be 1 .. 1073741824");
    EXPECT_EQ(error_of({1, 0}), "book of 0 levels: must be 1 .. 67108864");
    EXPECT_EQ(error_of({(std::size_t{1} << 30) + 1, 1}),
              "book of 1073741825 orders: must be 1 .. 1073741824");
    EXPECT_EQ(error_of({1, (std::size_t{1} << 26) + 1}),
              "book of 67108865 levels: must be 1 .. 67108864");
    EXPECT_EQ(error_of({1, 1}), "");
}

TEST(BookCapacity, MemoryThatIsNotThereIsAnErrorWithItsSize) {
    try {
        const PageArray<std::uint64_t> array{std::size_t{1} << 58, "orders"};
        FAIL() << "2^61 bytes were reserved";
    } catch (const std::system_error& error) {
        EXPECT_EQ(std::string{error.what()},
                  "reserve 2305843009213693952 bytes for orders: Cannot allocate memory");
    }
}

}  // namespace
}  // namespace rxlab::book
