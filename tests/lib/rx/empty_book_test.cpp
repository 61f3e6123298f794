// SPDX-License-Identifier: MIT
#include "packets.hpp"

#include <rxlab/rx/empty_book.hpp>

#include <gtest/gtest.h>

#include <random>

namespace rxlab::rx {
namespace {

constexpr book::BookLimits kLimits{.orders = 4'096, .levels = 2'048};

// As many orders as there is room for, on both sides of many symbols; references as they come in
// practice (ascending) and by chance (long runs in the table, also across its end).
void fill(book::Book& book, std::mt19937_64& random) {
    while (book.orders() < kLimits.orders) {
        const std::uint64_t reference = random() % 2 == 0 ? random() : random() % 20'000;
        auto message = test::add_order(reference, random() % 2 == 0 ? 'B' : 'S', 100,
                                       static_cast<std::uint32_t>(1 + random() % 20));
        message.header.stock_locate = static_cast<std::uint16_t>(1 + random() % 40);
        book.apply(wire::bytes_of(message));
    }
}

TEST(EmptyBook, LeavesABookThatIsAsGoodAsNew) {
    std::mt19937_64 random{5};
    book::Book book{kLimits};
    for (int session = 0; session < 20; ++session) {
        fill(book, random);
        EXPECT_EQ(empty_book(book), kLimits.orders);
        EXPECT_EQ(book.orders(), 0U);
        EXPECT_EQ(book.levels(), 0U);
        EXPECT_EQ(book.digest(), book::Book{kLimits}.digest());
        for (std::uint16_t locate = 1; locate <= 40; ++locate)
            EXPECT_EQ(book.top(locate), book::TopOfBook{});
    }
    book::Book fresh{kLimits};
    std::mt19937_64 again{random};
    fill(book, random);
    fill(fresh, again);
    EXPECT_EQ(book.digest(), fresh.digest());
    EXPECT_EQ(book.counters().levels_over_capacity, 0U);
    EXPECT_EQ(book.counters().deletes, 20 * kLimits.orders);
    EXPECT_EQ(book.counters().unknown_reference, 0U);
}

TEST(EmptyBook, DoesNothingToAnEmptyOne) {
    book::Book book{kLimits};
    EXPECT_EQ(empty_book(book), 0U);
    EXPECT_EQ(book.counters().messages, 0U);
}

}  // namespace
}  // namespace rxlab::rx
