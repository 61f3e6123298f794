// SPDX-License-Identifier: MIT
//
// The reference book, held against what the specification says, and against lib/book and its naive
// oracle, with which it shares no code.
#include "feedsim/market/reference_book.hpp"

#include "../lib/book/messages.hpp"
#include "../lib/book/oracle.hpp"
#include "../lib/book/stream.hpp"
#include "feedsim/market/market.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::feedsim {
namespace {

namespace itch = wire::itch;
namespace test = book::test;
using test::Bytes;

BookState after(const std::vector<Bytes>& messages) {
    ReferenceBook book;
    for (const Bytes& message : messages)
        book.apply(message);
    return book.state();
}

BookState state_of(const book::Book& book) {
    return {book.digest(), book.orders(), book.levels()};
}

// The book of lib/book agrees with it after every message.
void expect_agreement(const std::vector<Bytes>& messages) {
    ReferenceBook reference;
    book::Book book{{1'000, 1'000}};
    std::size_t number = 0;
    for (const Bytes& message : messages) {
        reference.apply(message);
        book.apply(message);
        ASSERT_EQ(reference.state(), state_of(book)) << "after message " << number++;
    }
}

const Bytes kBuy = test::add(7, 100, 'B', 300, 1'000'000);
const Bytes kSell = test::add_mpid(7, 101, 'S', 200, 1'000'100);

TEST(ReferenceBook, IsEmptyAtFirst) {
    EXPECT_EQ(after({}), (BookState{0, 0, 0}));
}

// The worked example of docs/contracts.md.
TEST(ReferenceBook, HasTheDigestOfTheDocument) {
    const BookState state = after({test::add(1, 1, 'B', 100, 1'000'000)});
    EXPECT_EQ(state, (BookState{0xaf4f8f93b8533ea6, 1, 1}));
    const std::uint64_t feeds[] = {state.digest, 0};
    EXPECT_EQ(digest_of_feeds(std::span{feeds}.first(1)), 0x81741cb0958fcd47U);
    EXPECT_EQ(digest_of_feeds(feeds), 0x38ad91c9e3c0d7e9U);
}

TEST(ReferenceBook, CombinesFeedsAsReceiversDo) {
    const std::vector<std::uint64_t> digests{3, 0, ~std::uint64_t{0}, 3};
    for (std::size_t count = 0; count <= digests.size(); ++count) {
        const auto some = std::span{digests}.first(count);
        EXPECT_EQ(digest_of_feeds(some), book::combine_digests(some));
    }
}

TEST(ReferenceBook, AddsOrdersWithAndWithoutAttribution) {
    EXPECT_EQ(after({kBuy, kSell}).orders, 2U);
    EXPECT_EQ(after({kBuy, kSell}).levels, 2U);
    EXPECT_EQ(after({kBuy, test::add(7, 102, 'B', 1, 1'000'000)}).levels, 1U);
    EXPECT_EQ(after({test::add(7, 100, 'B', 1, 5)}), after({test::add_mpid(7, 100, 'B', 1, 5)}));
    expect_agreement({kBuy, kSell, test::add(7, 102, 'B', 1, 1'000'000)});
}

TEST(ReferenceBook, LeavesOutAddsThatAreNone) {
    for (const Bytes& wrong : {test::add(0, 1, 'B', 1, 1), test::add(1, 1, 'X', 1, 1),
                               test::add(1, 1, 'b', 1, 1), test::add(1, 1, 'B', 0, 1)}) {
        EXPECT_EQ(after({wrong}).orders, 0U);
        expect_agreement({kBuy, wrong});
    }
}

TEST(ReferenceBook, KeepsTheFirstOfTwoOrdersOfOneReference) {
    const Bytes again = test::add(9, 100, 'S', 5, 77);
    EXPECT_EQ(after({kBuy, again}), after({kBuy}));
    EXPECT_EQ(after({kBuy, test::remove(7, 100), again}), after({again}));
    expect_agreement({kBuy, again, test::remove(7, 100), again});
}

TEST(ReferenceBook, TakesExecutionsAndCancelsOffWhatIsLeft) {
    const std::vector<Bytes> some{kBuy, test::execute(7, 100, 100),
                                  test::execute_at(7, 100, 50, 999'000), test::cancel(7, 100, 49)};
    EXPECT_EQ(after(some), after({test::add(7, 100, 'B', 101, 1'000'000)}));
    expect_agreement(some);
}

TEST(ReferenceBook, LetsAnOrderDieAtNoShares) {
    for (const Bytes& last :
         {test::execute(7, 100, 300), test::execute_at(7, 100, 300, 1, 'N'),
          test::cancel(7, 100, 300), test::cancel(7, 100, 301), test::remove(7, 100)}) {
        EXPECT_EQ(after({kBuy, last}), BookState{});
        EXPECT_EQ(after({kBuy, kSell, last}), after({kSell}));
        expect_agreement({kBuy, kSell, last, last});
    }
    EXPECT_EQ(after({kBuy, test::cancel(7, 100, 0)}), after({kBuy})) << "none were taken off";
}

TEST(ReferenceBook, ReplacesWithTheOldOrdersSymbolAndSide) {
    const Bytes replace = test::replace(7, 101, 200, 10, 1'000'200);
    EXPECT_EQ(after({kSell, replace}), after({test::add(7, 200, 'S', 10, 1'000'200)}));
    EXPECT_EQ(after({kSell, test::replace(8, 101, 200, 10, 1'000'200)}), after({kSell, replace}))
        << "the locate of the replace does not count";
    EXPECT_EQ(after({kSell, test::replace(7, 101, 101, 10, 1'000'200)}),
              after({test::add(7, 101, 'S', 10, 1'000'200)}))
        << "the reference may stay";
    expect_agreement({kBuy, kSell, replace, test::replace(8, 200, 101, 3, 4)});
}

TEST(ReferenceBook, LosesTheOldOrderOfAReplaceThatIsNone) {
    EXPECT_EQ(after({kBuy, kSell, test::replace(7, 101, 200, 0, 5)}), after({kBuy}));
    EXPECT_EQ(after({kBuy, kSell, test::replace(7, 101, 100, 10, 5)}), after({kBuy}))
        << "the new reference is alive";
    expect_agreement(
        {kBuy, kSell, test::replace(7, 101, 100, 10, 5), test::replace(7, 100, 200, 0, 5)});
}

TEST(ReferenceBook, TakesNoNoticeOfUnknownReferences) {
    for (const Bytes& unknown :
         {test::execute(7, 5, 1), test::execute_at(7, 5, 1, 1), test::cancel(7, 5, 1),
          test::remove(7, 5), test::replace(7, 5, 6, 1, 1)}) {
        EXPECT_EQ(after({kBuy, unknown}), after({kBuy}));
    }
}

template <typename Message>
Bytes of_reference_100() {
    Message message;
    if constexpr (requires { message.order_reference; }) message.order_reference = 100U;
    if constexpr (requires { message.match_number; }) message.match_number = 100U;
    return test::bytes(message, 7);
}

TEST(ReferenceBook, IsNotTouchedByTradesAndTheRest) {
    for (const Bytes& message :
         {of_reference_100<itch::Trade>(), of_reference_100<itch::CrossTrade>(),
          of_reference_100<itch::BrokenTrade>(), of_reference_100<itch::ImbalanceIndicator>(),
          of_reference_100<itch::SystemEvent>(), of_reference_100<itch::StockDirectory>(),
          of_reference_100<itch::TradingAction>()}) {
        EXPECT_EQ(after({kBuy, message}), after({kBuy}));
        expect_agreement({kBuy, message});
    }
}

TEST(ReferenceBook, LeavesOutWhatIsShorterThanItsType) {
    for (const Bytes& message :
         {kBuy, kSell, test::execute(7, 100, 1), test::execute_at(7, 100, 1, 1),
          test::cancel(7, 100, 1), test::remove(7, 100), test::replace(7, 100, 1, 1, 1)}) {
        Bytes wrong = message;
        while (!wrong.empty()) {
            wrong.pop_back();
            EXPECT_EQ(after({kBuy, wrong}), after({kBuy}));
        }
        Bytes longer = message;  // fields may be added at a message's end
        longer.push_back(std::byte{0});
        EXPECT_EQ(after({kBuy, longer}), after({kBuy, message}));
    }
    EXPECT_EQ(after({Bytes(36, std::byte{'?'})}), BookState{});
}

TEST(ReferenceBook, DoesNotDependOnTimestamps) {
    Bytes later = kBuy;
    later[5] = later[10] = std::byte{0x55};
    EXPECT_EQ(after({later}), after({kBuy}));
}

TEST(ReferenceBook, AgreesWithTheBookAndItsOracleOnRandomStreams) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        test::Stream stream{seed};
        ReferenceBook reference;
        book::Book book{{100'000, 100'000}};
        test::Oracle oracle;
        for (int i = 0; i < 3'000; ++i) {
            const Bytes message = stream.next();
            reference.apply(message);
            book.apply(message);
            oracle.apply(message);
            if (i % 500 != 0) continue;
            ASSERT_EQ(reference.state(), state_of(book)) << "seed " << seed << ", message " << i;
        }
        ASSERT_EQ(reference.state(), state_of(book)) << "seed " << seed;
        ASSERT_NO_FATAL_FAILURE(oracle.expect_same(book));
    }
}

TEST(ReferenceBook, AgreesWithTheBookOnTheMarket) {
    Market market{MarketOptions{.seed = 3, .symbols = 50}};
    ReferenceBook reference;
    book::Book book;
    for (int i = 0; i < 200'000; ++i) {
        const auto message = market.next();
        reference.apply(message);
        book.apply(message);
    }
    EXPECT_GT(book.orders(), 5'000U);
    EXPECT_EQ(reference.state(), state_of(book));
}

TEST(ReferenceBook, AgreesWithTheBookOnRealMessages) {
    const std::string path = RXLAB_SOURCE_DIR "/../shared/data/nasdaq-itch50-20191230-1000msg.bin";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "real messages not there: " << path;
    ReferenceBook reference;
    book::Book book;
    for (const auto message : wire::ItchFile{path}) {
        reference.apply(message);
        book.apply(message);
    }
    EXPECT_EQ(book.counters().messages, 1'000U);
    EXPECT_GT(reference.state().orders, 0U);
    EXPECT_EQ(reference.state(), state_of(book));
}

}  // namespace
}  // namespace rxlab::feedsim
