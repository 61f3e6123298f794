// SPDX-License-Identifier: MIT
#include "messages.hpp"
#include "stream.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/book/lesson/books.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace rxlab::book {
namespace {

struct Change {
    std::uint16_t locate;
    TopOfBook top;
    friend bool operator==(const Change&, const Change&) = default;
};

struct Recorder {
    std::vector<Change>* changes;
    void operator()(std::uint16_t locate, const TopOfBook& top) const noexcept {
        changes->push_back({locate, top});
    }
};

// A book without a feed has no place for one; that its code has none either is `if constexpr`.
static_assert(sizeof(Book) == sizeof(AggregateStore) + sizeof(BookCounters));

template <typename Store>
class TopFeedOf : public testing::Test {};
using Stores = testing::Types<AggregateStore, FifoStore, MapStore<std::map>>;
TYPED_TEST_SUITE(TopFeedOf, Stores);

TYPED_TEST(TopFeedOf, TellsEveryChangeOfTheTopAndNothingElse) {
    std::vector<Change> changes;
    BasicBook<TypeParam, Recorder> book{{100, 100}, Recorder{&changes}};
    const auto expect = [&](const test::Bytes& message, std::vector<Change> expected) {
        changes.clear();
        book.apply(message);
        EXPECT_EQ(changes, expected);
    };
    expect(test::add(7, 1, 'B', 10, 50), {{7, {Level{50, 1, 10}, {}}}});
    expect(test::add(7, 2, 'S', 5, 60), {{7, {Level{50, 1, 10}, Level{60, 1, 5}}}});
    expect(test::add(7, 3, 'B', 10, 49), {});                                         // behind
    expect(test::add(7, 4, 'B', 1, 50), {{7, {Level{50, 2, 11}, Level{60, 1, 5}}}});  // at the top
    expect(test::execute(7, 1, 4), {{7, {Level{50, 2, 7}, Level{60, 1, 5}}}});
    expect(test::remove(7, 3), {});
    expect(test::replace(7, 1, 5, 6, 51), {{7, {Level{51, 1, 6}, Level{60, 1, 5}}}});
    expect(test::remove(9, 5), {{7, {Level{50, 1, 1}, Level{60, 1, 5}}}});  // told of its symbol
    expect(test::remove(7, 99), {});                                        // unknown
    expect(test::replace(7, 4, 6, 1, 50), {});                              // the same top again
}

TYPED_TEST(TopFeedOf, TellsOfEveryTopThatGoesWhereTheBookIsCleared) {
    std::vector<Change> changes;
    BasicBook<TypeParam, Recorder> book{{100, 100}, Recorder{&changes}};
    for (const unsigned locate : {7U, 9U, 65'535U})
        book.apply(test::add(static_cast<std::uint16_t>(locate), locate, 'B', 10, 50));
    book.apply(test::remove(9, 9));
    changes.clear();
    book.clear();
    EXPECT_EQ(changes, (std::vector<Change>{{7, {}}, {65'535, {}}}));
}

TYPED_TEST(TopFeedOf, KeepsACopyOfTheTopsUpToDateOnHostileStreams) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        test::Stream stream{seed};
        std::vector<Change> changes;
        BasicBook<TypeParam, Recorder> book{{200, 100}, Recorder{&changes}};
        std::map<std::uint16_t, TopOfBook> tops;
        std::set<std::uint16_t> locates;
        for (int i = 0; i < 300; ++i) {
            const test::Bytes message = stream.next();
            changes.clear();
            book.apply(message);
            ASSERT_LE(changes.size(), 1U);
            for (const Change& change : changes) {
                ASSERT_NE(tops[change.locate], change.top) << "nothing changed";
                tops[change.locate] = change.top;
            }
            if (message.size() > 2) {
                locates.insert(
                    static_cast<std::uint16_t>(std::to_integer<unsigned>(message[1]) << 8 |
                                               std::to_integer<unsigned>(message[2])));
            }
            for (const std::uint16_t locate : locates) {
                ASSERT_EQ(tops[locate], book.top(locate)) << "seed " << seed << " message " << i;
            }
        }
    }
}

}  // namespace
}  // namespace rxlab::book
