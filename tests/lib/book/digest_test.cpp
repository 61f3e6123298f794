// SPDX-License-Identifier: MIT
#include "messages.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/book/digest.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace rxlab::book {
namespace {

using test::Bytes;

std::uint64_t digest_of(const std::vector<Bytes>& messages, const BookLimits& limits = {100, 100}) {
    Book book{limits};
    for (const Bytes& message : messages) {
        book.apply(message);
    }
    return book.digest();
}

TEST(Digest, ChangesWithEveryFieldOfAnOrder) {
    const std::set<std::uint64_t> digests{
        digest_of({test::add(5, 10, 'B', 100, 1'000)}),
        digest_of({test::add(6, 10, 'B', 100, 1'000)}),
        digest_of({test::add(5, 11, 'B', 100, 1'000)}),
        digest_of({test::add(5, 10, 'S', 100, 1'000)}),
        digest_of({test::add(5, 10, 'B', 101, 1'000)}),
        digest_of({test::add(5, 10, 'B', 100, 1'001)}),
        digest_of({}),
    };
    EXPECT_EQ(digests.size(), 7U);
}

TEST(Digest, ChangesWithEveryBitOfAnOrdersFields) {
    std::set<std::uint64_t> digests{order_digest(0, 0, Side::bid, 0, 0),
                                    order_digest(0, 0, Side::ask, 0, 0)};
    for (int bit = 0; bit < 64; ++bit) {
        digests.insert(order_digest(std::uint64_t{1} << bit, 0, Side::bid, 0, 0));
    }
    for (int bit = 0; bit < 32; ++bit) {
        digests.insert(order_digest(0, 0, Side::bid, 1U << bit, 0));
        digests.insert(order_digest(0, 0, Side::bid, 0, 1U << bit));
    }
    for (int bit = 0; bit < 16; ++bit) {
        digests.insert(order_digest(0, static_cast<std::uint16_t>(1U << bit), Side::bid, 0, 0));
    }
    EXPECT_EQ(digests.size(), 2U + 64 + 2 * 32 + 16);
}

TEST(Digest, ChangesWithEveryBitOfALevelsFields) {
    std::set<std::uint64_t> digests{level_digest(0, Side::bid, {}), level_digest(0, Side::ask, {})};
    for (int bit = 0; bit < 64; ++bit) {
        digests.insert(level_digest(0, Side::bid, {0, 0, std::uint64_t{1} << bit}));
    }
    for (int bit = 0; bit < 32; ++bit) {
        digests.insert(level_digest(0, Side::bid, {1U << bit, 0, 0}));
        digests.insert(level_digest(0, Side::bid, {0, 1U << bit, 0}));
    }
    for (int bit = 0; bit < 16; ++bit) {
        digests.insert(level_digest(static_cast<std::uint16_t>(1U << bit), Side::bid, {}));
    }
    EXPECT_EQ(digests.size(), 2U + 64 + 2 * 32 + 16);
}

TEST(Digest, TellsExchangedFieldsApart) {
    EXPECT_NE(order_digest(1, 2, Side::bid, 3, 4), order_digest(1, 2, Side::bid, 4, 3));
    EXPECT_NE(order_digest(1, 2, Side::bid, 3, 4), order_digest(2, 1, Side::bid, 3, 4));
    EXPECT_NE(level_digest(1, Side::bid, {2, 3, 4}), level_digest(1, Side::bid, {2, 4, 3}));
    EXPECT_NE(level_digest(1, Side::bid, {2, 3, 4}), level_digest(1, Side::bid, {3, 2, 4}));
}

TEST(Digest, TellsSharesExchangedBetweenTwoOrdersApart) {
    EXPECT_NE(digest_of({test::add(5, 1, 'B', 10, 50), test::add(5, 2, 'B', 20, 50)}),
              digest_of({test::add(5, 1, 'B', 20, 50), test::add(5, 2, 'B', 10, 50)}));
}

TEST(Digest, IsThatOfTheStateNotOfItsHistory) {
    const std::uint64_t plain = digest_of({test::add(5, 1, 'B', 60, 50)});
    EXPECT_EQ(digest_of({test::add(5, 1, 'B', 100, 50), test::execute(5, 1, 40)}), plain);
    EXPECT_EQ(digest_of({test::add(5, 9, 'B', 1, 2), test::replace(5, 9, 1, 60, 50)}), plain);
    EXPECT_EQ(digest_of({test::add(5, 7, 'S', 1, 2), test::add(5, 1, 'B', 60, 50),
                         test::remove(5, 7), test::remove(5, 8)}),
              plain);
}

TEST(Digest, DoesNotDependOnTheOrderOfIndependentAdds) {
    std::mt19937_64 random{17};
    std::vector<Bytes> messages;
    for (std::uint64_t reference = 1; reference <= 90; ++reference) {
        messages.push_back(test::add(static_cast<std::uint16_t>(1 + random() % 5), reference,
                                     random() % 2 == 0 ? 'B' : 'S',
                                     static_cast<std::uint32_t>(1 + random() % 100),
                                     static_cast<std::uint32_t>(random() % 20)));
    }
    const std::uint64_t expected = digest_of(messages);
    for (int round = 0; round < 20; ++round) {
        std::ranges::shuffle(messages, random);
        ASSERT_EQ(digest_of(messages), expected);
    }
}

TEST(Digest, DoesNotDependOnTheMemoryLayout) {
    std::vector<Bytes> messages;
    for (std::uint64_t i = 1; i <= 90; ++i) {
        messages.push_back(
            test::add(3, i * 1'000'003, 'B', 10, static_cast<std::uint32_t>(i % 30)));
    }
    EXPECT_EQ(digest_of(messages, {100, 100}), digest_of(messages, {50'000, 3'000}));
}

// Digests are stored in result files: another definition needs another schema version.
TEST(Digest, DefinitionIsTheOneOfEarlierResults) {
    EXPECT_EQ(order_digest(1, 2, Side::ask, 3, 4), 13'303'417'435'240'710'968U);
    EXPECT_EQ(level_digest(1, Side::ask, {2, 3, 4}), 6'496'181'532'029'567'375U);
    const std::uint64_t feeds[] = {1, 2};
    EXPECT_EQ(combine_digests(feeds), 14'729'953'492'927'527'120U);
}

TEST(CombineDigests, DependsOnTheOrderOfTheFeeds) {
    const std::uint64_t ab[] = {1, 2};
    const std::uint64_t ba[] = {2, 1};
    EXPECT_NE(combine_digests(ab), combine_digests(ba));
}

TEST(CombineDigests, DependsOnTheNumberOfFeedsAlsoWhereTheyAreEmpty) {
    const std::uint64_t none[] = {0, 0, 0};
    const std::span<const std::uint64_t> all{none};
    const std::set<std::uint64_t> digests{
        combine_digests(all.first(0)), combine_digests(all.first(1)), combine_digests(all.first(2)),
        combine_digests(all.first(3))};
    EXPECT_EQ(digests.size(), 4U);
}

}  // namespace
}  // namespace rxlab::book
