// SPDX-License-Identifier: MIT
//
// A book that was cleared is as a new one, in every layout.
#include "messages.hpp"
#include "stream.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/book/lesson/books.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace rxlab::book {
namespace {

template <typename B>
class BookClear : public testing::Test {};
using AllLayouts = testing::Types<Book, FifoBook, FlatBook, PagedBook, HashMapBook, MapBook>;
TYPED_TEST_SUITE(BookClear, AllLayouts);

TYPED_TEST(BookClear, LeavesNothingButTheCounters) {
    TypeParam book{{100, 100}};
    book.apply(test::add(7, 1, 'B', 10, 50));
    book.apply(test::add(8, 2, 'S', 10, 51));
    const BookCounters before = book.counters();
    book.clear();
    EXPECT_EQ(book.orders(), 0U);
    EXPECT_EQ(book.levels(), 0U);
    EXPECT_EQ(book.digest(), 0U);
    EXPECT_EQ(book.top(7), TopOfBook{});
    EXPECT_EQ(book.top(8), TopOfBook{});
    EXPECT_TRUE(book.busiest(5).empty());
    EXPECT_EQ(book.counters(), before);
    book.apply(test::remove(7, 1));
    EXPECT_EQ(book.counters().unknown_reference, before.unknown_reference + 1);
}

// Whatever was in it before, full or not: it answers as a new one, and has the same room.
TYPED_TEST(BookClear, GivesABookThatTakesTheNextDayAsANewOneDoes) {
    const BookLimits limits{300, 200};
    TypeParam book{limits};
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        SCOPED_TRACE(seed);
        test::Stream stream{seed};
        TypeParam fresh{limits};
        const BookCounters before = book.counters();
        for (int i = 0; i < 2'000; ++i) {
            const test::Bytes message = stream.next();
            book.apply(message);
            fresh.apply(message);
        }
        ASSERT_EQ(book.digest(), fresh.digest());
        ASSERT_EQ(book.orders(), fresh.orders());
        ASSERT_EQ(book.levels(), fresh.levels());
        for (const NamedCounter& counter : kBookCounters) {
            ASSERT_EQ(book.counters().*counter.value - before.*counter.value,
                      fresh.counters().*counter.value)
                << counter.name;
        }
        const auto busiest = book.busiest(100);
        const auto expected = fresh.busiest(100);
        ASSERT_EQ(busiest.size(), expected.size());
        for (std::size_t i = 0; i < busiest.size(); ++i) {
            ASSERT_EQ(busiest[i].locate, expected[i].locate);
            ASSERT_EQ(busiest[i].stock, expected[i].stock);
            ASSERT_EQ(busiest[i].messages, expected[i].messages);
            ASSERT_EQ(book.top(busiest[i].locate), fresh.top(busiest[i].locate));
        }
        book.clear();
        ASSERT_EQ(book.digest(), 0U);
    }
    EXPECT_GT(book.counters().orders_over_capacity, 0U);
    EXPECT_GT(book.counters().levels_over_capacity, 0U);
}

// Every unit of memory that prices can have is had, and given back.
TEST(BookClearOfLevels, GivesBackAllMemoryOfPrices) {
    const BookLimits limits{5'000, 5'000};
    Book book{limits};
    for (int day = 0; day < 40; ++day) {
        std::uint64_t reference = 1;
        for (std::uint32_t price = 1; price <= 5'000; ++price)
            book.apply(test::add(static_cast<std::uint16_t>(1 + day), reference++, 'B', 1, price));
        EXPECT_EQ(book.levels(), 5'000U) << day;
        book.clear();
    }
    EXPECT_EQ(book.counters().levels_over_capacity, 0U);
}

// The same queues, in the same order.
TEST(BookClearOfQueues, LeavesNothingInThem) {
    FifoBook book{{100, 100}};
    for (int day = 0; day < 3; ++day) {
        for (std::uint64_t reference = 1; reference <= 100; ++reference)
            book.apply(test::add(7, reference, 'B', 10, 50));
        std::vector<QueuedOrder> queue(100);
        ASSERT_EQ(book.store().queue(7, Side::bid, 50, queue), 100U);
        for (std::uint64_t i = 0; i < 100; ++i)
            ASSERT_EQ(queue[i], (QueuedOrder{i + 1, 10}));
        book.clear();
        ASSERT_EQ(book.store().queue(7, Side::bid, 50, queue), 0U);
    }
}

}  // namespace
}  // namespace rxlab::book
