// SPDX-License-Identifier: MIT
#include "messages.hpp"
#include "oracle.hpp"
#include "stream.hpp"

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace rxlab::book {
namespace {

class BookRandom : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, BookRandom, testing::Range(std::uint64_t{0}, std::uint64_t{8}));

// 8 x 300 short streams; the whole state is compared at the end of each.
TEST_P(BookRandom, ShortStreamsEndInTheOraclesState) {
    for (std::uint64_t seed = GetParam() * 300; seed < (GetParam() + 1) * 300; ++seed) {
        test::Stream stream{seed};
        Book book{{1'000, 1'000}};
        test::Oracle oracle;
        const std::uint64_t messages = 1 + stream.random() % 400;
        for (std::uint64_t i = 0; i < messages; ++i) {
            const test::Bytes message = stream.next();
            book.apply(message);
            oracle.apply(message);
        }
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same(book)) << "seed " << seed;
    }
}

TEST_P(BookRandom, CountersAndTopFollowTheOracleMessageByMessage) {
    test::Stream stream{1'000'000 + GetParam()};
    Book book{{1'000, 1'000}};
    test::Oracle oracle;
    for (int i = 0; i < 500; ++i) {
        const test::Bytes message = stream.next();
        book.apply(message);
        oracle.apply(message);
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same_counters(book));
        for (std::uint16_t locate = 1; locate <= 3; ++locate) {
            ASSERT_NO_FATAL_FAILURE(oracle.expect_same_top(book, locate));
        }
    }
}

TEST_P(BookRandom, LongStreamsEndInTheOraclesState) {
    test::Stream stream{2'000'000 + GetParam()};
    Book book{{20'000, 20'000}};
    test::Oracle oracle;
    for (int i = 0; i < 20'000; ++i) {
        const test::Bytes message = stream.next();
        book.apply(message);
        oracle.apply(message);
    }
    ASSERT_NO_FATAL_FAILURE(oracle.expect_same(book));
}

// The streams would prove little if some rule were never met.
TEST(BookRandom, StreamsMeetEveryAnomaly) {
    BookCounters seen;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        test::Stream stream{seed};
        test::Oracle oracle{{50, 25}};
        for (int i = 0; i < 300; ++i) {
            oracle.apply(stream.next());
        }
        for (const NamedCounter& counter : kBookCounters) {
            seen.*counter.value += oracle.expected.*counter.value;
        }
    }
    for (const NamedCounter& counter : kBookCounters) {
        EXPECT_GT(seen.*counter.value, 10U) << counter.name;
    }
}

}  // namespace
}  // namespace rxlab::book
