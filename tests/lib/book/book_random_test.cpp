// SPDX-License-Identifier: MIT
#include "messages.hpp"
#include "oracle.hpp"
#include "stream.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/book/lesson/books.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::book {
namespace {

class BookRandom : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, BookRandom, testing::Range(std::uint64_t{0}, std::uint64_t{8}));

// Every layout, message by message and in batches.
struct Layouts {
    explicit Layouts(const BookLimits& limits)
        : aggregate{limits},
          batched{limits},
          fifo{limits},
          fifo_batched{limits},
          flat{limits},
          paged{limits},
          hash_map{limits},
          map{limits} {}

    void apply(const std::vector<test::Bytes>& messages, std::size_t batch) {
        for (const test::Bytes& message : messages) {
            aggregate.apply(message);
            fifo.apply(message);
            flat.apply(message);
            paged.apply(message);
            hash_map.apply(message);
            map.apply(message);
        }
        std::vector<MessageView> views{messages.begin(), messages.end()};
        for (std::size_t i = 0; i < views.size(); i += batch) {
            const std::span<const MessageView> part =
                std::span<const MessageView>{views}.subspan(i, std::min(batch, views.size() - i));
            batched.apply_batch(part);
            fifo_batched.apply_batch(part);
        }
    }

    template <typename Visitor>
    void for_each(Visitor&& visitor) const {
        visitor("aggregate", aggregate);
        visitor("aggregate, batched", batched);
        visitor("fifo", fifo);
        visitor("fifo, batched", fifo_batched);
        visitor("flat", flat);
        visitor("paged", paged);
        visitor("unordered_map", hash_map);
        visitor("map", map);
    }

    Book aggregate, batched;
    FifoBook fifo, fifo_batched;
    FlatBook flat;
    PagedBook paged;
    HashMapBook hash_map;
    MapBook map;
};

void expect_all_same(const Layouts& layouts, const test::Oracle& oracle) {
    layouts.for_each([&](const char* name, const auto& book) {
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same(book)) << name;
    });
    ASSERT_NO_FATAL_FAILURE(oracle.expect_same_queues(layouts.fifo));
    ASSERT_NO_FATAL_FAILURE(oracle.expect_same_queues(layouts.fifo_batched));
}

// What a book still held would show in the next comparison of all of it.
void expect_all_empty(const Layouts& layouts, const test::Oracle& oracle) {
    layouts.for_each([&](const char* name, const auto& book) {
        ASSERT_EQ(book.digest(), 0U) << name;
        ASSERT_EQ(book.orders(), 0U) << name;
        ASSERT_EQ(book.levels(), 0U) << name;
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same_counters(book)) << name;
    });
}

// 8 x 1,250 = 10,000 streams. The whole state of each layout is compared at the end of each; then
// all orders are deleted, and the same books, which must be as good as new, take the next stream.
TEST_P(BookRandom, EveryLayoutEndsEveryStreamInTheOraclesState) {
    const BookLimits limits{GetParam() % 2 == 0 ? 1'000U : 60U, GetParam() % 4 < 2 ? 1'000U : 40U};
    Layouts layouts{limits};
    test::Oracle oracle{limits};
    for (std::uint64_t seed = GetParam() * 1'250; seed < (GetParam() + 1) * 1'250; ++seed) {
        test::Stream stream{seed};
        std::vector<test::Bytes> messages(1 + stream.random() % 200);
        for (test::Bytes& message : messages) {
            message = stream.next();
            oracle.apply(message);
        }
        layouts.apply(messages, 1 + stream.random() % 64);
        ASSERT_NO_FATAL_FAILURE(expect_all_same(layouts, oracle)) << "seed " << seed;
        messages.clear();
        for (const auto& [reference, locate] : oracle.live()) {
            messages.push_back(test::remove(locate, reference));
            oracle.apply(messages.back());
        }
        layouts.apply(messages, 32);
        ASSERT_NO_FATAL_FAILURE(expect_all_empty(layouts, oracle)) << "emptied, seed " << seed;
    }
}

TEST_P(BookRandom, CountersAndTopFollowTheOracleMessageByMessage) {
    test::Stream stream{1'000'000 + GetParam()};
    Book book{{1'000, 1'000}};
    FifoBook fifo{{1'000, 1'000}};
    test::Oracle oracle;
    for (int i = 0; i < 500; ++i) {
        const test::Bytes message = stream.next();
        book.apply(message);
        fifo.apply(message);
        oracle.apply(message);
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same_counters(book));
        for (std::uint16_t locate = 1; locate <= 3; ++locate) {
            ASSERT_NO_FATAL_FAILURE(oracle.expect_same_top(book, locate));
            ASSERT_NO_FATAL_FAILURE(oracle.expect_same_top(fifo, locate));
        }
    }
}

TEST(BookRandom, BatchesCallBackAfterEachMessageInOrder) {
    test::Stream stream{5};
    std::vector<test::Bytes> messages(500);
    for (test::Bytes& message : messages) {
        message = stream.next();
    }
    const std::vector<MessageView> views{messages.begin(), messages.end()};
    Book one{{1'000, 1'000}}, batched{{1'000, 1'000}};
    std::size_t next = 0;
    batched.apply_batch(views, [&](MessageView message) noexcept {
        ASSERT_EQ(message.data(), views[next].data());
        one.apply(views[next++]);
        ASSERT_EQ(batched.counters(), one.counters());
        for (std::uint16_t locate = 0; locate < 60; ++locate) {
            ASSERT_EQ(batched.top(locate), one.top(locate));
        }
    });
    ASSERT_EQ(next, messages.size());
}

TEST_P(BookRandom, LongStreamsEndInTheOraclesState) {
    test::Stream stream{2'000'000 + GetParam()};
    Layouts layouts{{20'000, 20'000}};
    test::Oracle oracle;
    std::vector<test::Bytes> messages(20'000);
    for (test::Bytes& message : messages) {
        message = stream.next();
        oracle.apply(message);
    }
    layouts.apply(messages, 40);
    expect_all_same(layouts, oracle);
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
