// SPDX-License-Identifier: MIT
//
// Each rule of the book, one test each. The oracle is not used here: expectations are written out.
#include "messages.hpp"

#include <rxlab/book/book.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rxlab::book {
namespace {

using test::Bytes;
namespace itch = wire::itch;

constexpr std::uint16_t kStock = 7;

class OrderRules : public testing::Test {
  protected:
    void apply(const Bytes& message) { book_.apply(message); }

    // All levels of a side, best first.
    [[nodiscard]] std::vector<Level> levels(Side side, std::uint16_t locate = kStock) const {
        std::vector<Level> found(100);
        found.resize(book_.depth(locate, side, found));
        return found;
    }
    [[nodiscard]] std::vector<Level> bids() const { return levels(Side::bid); }
    [[nodiscard]] std::vector<Level> asks() const { return levels(Side::ask); }
    [[nodiscard]] const BookCounters& counters() const { return book_.counters(); }

    // Every message has exactly one outcome.
    ~OrderRules() override {
        std::uint64_t outcomes = 0;
        for (const NamedCounter& counter : kBookCounters) {
            outcomes += counters().*counter.value;
        }
        outcomes -= counters().messages + counters().over_execution + counters().locate_mismatch;
        EXPECT_EQ(outcomes, counters().messages);
    }

    using Levels = std::vector<Level>;
    Book book_{{1'000, 1'000}};
};

TEST_F(OrderRules, EmptyBookHasNoTopAndNoDepth) {
    EXPECT_EQ(book_.top(kStock), TopOfBook{});
    EXPECT_TRUE(bids().empty());
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_EQ(book_.levels(), 0U);
    EXPECT_EQ(book_.digest(), 0U);
}

TEST_F(OrderRules, HighestBidAndLowestAskAreBest) {
    for (const std::uint32_t price : {100U, 300U, 200U}) {
        apply(test::add(kStock, price, 'B', price, price));
        apply(test::add(kStock, price + 1'000, 'S', price, price + 1'000));
    }
    EXPECT_EQ(bids(), (Levels{{300, 1, 300}, {200, 1, 200}, {100, 1, 100}}));
    EXPECT_EQ(asks(), (Levels{{1'100, 1, 100}, {1'200, 1, 200}, {1'300, 1, 300}}));
    EXPECT_EQ(book_.top(kStock).bid, (Level{300, 1, 300}));
    EXPECT_EQ(book_.top(kStock).ask, (Level{1'100, 1, 100}));
}

TEST_F(OrderRules, OrdersOfOnePriceShareALevel) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::add_mpid(kStock, 2, 'B', 30, 50));
    EXPECT_EQ(bids(), (Levels{{50, 2, 130}}));
    EXPECT_EQ(counters().adds, 2U);
    EXPECT_EQ(book_.orders(), 2U);
    EXPECT_EQ(book_.levels(), 1U);
}

TEST_F(OrderRules, SidesAndSymbolsAreSeparate) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::add(kStock, 2, 'S', 200, 50));
    apply(test::add(8, 3, 'B', 300, 50));
    apply(test::add(0xffff, 4, 'S', 400, 50));
    EXPECT_EQ(bids(), (Levels{{50, 1, 100}}));
    EXPECT_EQ(asks(), (Levels{{50, 1, 200}}));
    EXPECT_EQ(levels(Side::bid, 8), (Levels{{50, 1, 300}}));
    EXPECT_EQ(levels(Side::ask, 0xffff), (Levels{{50, 1, 400}}));
}

TEST_F(OrderRules, DepthFillsNoMoreThanItIsGiven) {
    for (std::uint32_t price = 1; price <= 9; ++price) {
        apply(test::add(kStock, price, 'B', 1, price));
    }
    std::vector<Level> found(4);
    EXPECT_EQ(book_.depth(kStock, Side::bid, std::span{found}.first(3)), 3U);
    EXPECT_EQ(found, (Levels{{9, 1, 1}, {8, 1, 1}, {7, 1, 1}, {}}));
    EXPECT_EQ(book_.depth(kStock, Side::bid, {}), 0U);
}

TEST_F(OrderRules, ExtremePricesAreOrdinaryPrices) {
    for (const char side : {'B', 'S'}) {
        const auto base = static_cast<std::uint64_t>(side) * 10;
        apply(test::add(kStock, base + 1, side, 1, 0));
        apply(test::add(kStock, base + 2, side, 1, 0xffffffff));
        apply(test::add(kStock, base + 3, side, 1, 0x7fffffff));
        apply(test::add(kStock, base + 4, side, 1, 0x80000000));
    }
    EXPECT_EQ(bids(),
              (Levels{{0xffffffff, 1, 1}, {0x80000000, 1, 1}, {0x7fffffff, 1, 1}, {0, 1, 1}}));
    EXPECT_EQ(asks(),
              (Levels{{0, 1, 1}, {0x7fffffff, 1, 1}, {0x80000000, 1, 1}, {0xffffffff, 1, 1}}));
}

TEST_F(OrderRules, SharesOfALevelExceed32Bits) {
    for (std::uint64_t reference = 1; reference <= 3; ++reference) {
        apply(test::add(kStock, reference, 'B', 0xffffffff, 10));
    }
    EXPECT_EQ(bids(), (Levels{{10, 3, 3 * std::uint64_t{0xffffffff}}}));
    apply(test::remove(kStock, 2));
    EXPECT_EQ(bids(), (Levels{{10, 2, 2 * std::uint64_t{0xffffffff}}}));
}

TEST_F(OrderRules, ExecutionsAreCumulativeAndTheOrderDiesAtZero) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::execute(kStock, 1, 30));
    EXPECT_EQ(bids(), (Levels{{50, 1, 70}}));
    apply(test::execute(kStock, 1, 30));
    EXPECT_EQ(bids(), (Levels{{50, 1, 40}}));
    apply(test::execute(kStock, 1, 40));
    EXPECT_TRUE(bids().empty());
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_EQ(counters().executions, 3U);
    EXPECT_EQ(counters().over_execution, 0U);
    apply(test::execute(kStock, 1, 1));
    EXPECT_EQ(counters().unknown_reference, 1U);
}

TEST_F(OrderRules, ExecutionAtAnotherPriceTakesSharesOffTheOrdersOwnPrice) {
    apply(test::add(kStock, 1, 'S', 100, 50));
    apply(test::execute_at(kStock, 1, 30, 49));
    EXPECT_EQ(asks(), (Levels{{50, 1, 70}}));
    apply(test::execute_at(kStock, 1, 70, 49));
    EXPECT_TRUE(asks().empty());
    EXPECT_EQ(counters().executions, 2U);
}

TEST_F(OrderRules, NonPrintableExecutionCountsLikeAnyOther) {
    apply(test::add(kStock, 1, 'S', 100, 50));
    apply(test::execute_at(kStock, 1, 30, 50, 'N'));
    EXPECT_EQ(asks(), (Levels{{50, 1, 70}}));
}

TEST_F(OrderRules, CancelsAreCumulativeAndTheOrderDiesAtZero) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::add(kStock, 2, 'B', 5, 50));
    apply(test::cancel(kStock, 1, 60));
    EXPECT_EQ(bids(), (Levels{{50, 2, 45}}));
    apply(test::cancel(kStock, 1, 40));
    EXPECT_EQ(bids(), (Levels{{50, 1, 5}}));
    EXPECT_EQ(counters().cancels, 2U);
}

TEST_F(OrderRules, TakingMoreThanIsLeftKillsTheOrderAndIsCounted) {
    for (std::uint64_t reference = 1; reference <= 4; ++reference) {
        apply(test::add(kStock, reference, 'B', 10, 50));
    }
    apply(test::execute(kStock, 1, 11));
    apply(test::execute_at(kStock, 2, 0xffffffff, 50));
    apply(test::cancel(kStock, 3, 12));
    EXPECT_EQ(bids(), (Levels{{50, 1, 10}}));
    EXPECT_EQ(book_.orders(), 1U);
    EXPECT_EQ(counters().over_execution, 3U);
    EXPECT_EQ(counters().executions, 2U);
    EXPECT_EQ(counters().cancels, 1U);
}

TEST_F(OrderRules, DeleteRemovesWhatIsLeftOfAnOrder) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::add(kStock, 2, 'B', 7, 50));
    apply(test::execute(kStock, 1, 99));
    apply(test::remove(kStock, 1));
    EXPECT_EQ(bids(), (Levels{{50, 1, 7}}));
    EXPECT_EQ(counters().deletes, 1U);
}

TEST_F(OrderRules, ReplaceKeepsSideAndStock) {
    apply(test::add(kStock, 1, 'S', 100, 50));
    apply(test::replace(kStock, 1, 2, 30, 60));
    EXPECT_EQ(asks(), (Levels{{60, 1, 30}}));
    EXPECT_TRUE(bids().empty());
    EXPECT_EQ(counters().replaces, 1U);
    EXPECT_EQ(book_.orders(), 1U);
    apply(test::remove(kStock, 1));
    EXPECT_EQ(counters().unknown_reference, 1U);
    apply(test::remove(kStock, 2));
    EXPECT_EQ(book_.orders(), 0U);
}

TEST_F(OrderRules, ReplaceOfAReplacedOrderFollowsTheChain) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::replace(kStock, 1, 2, 90, 51));
    apply(test::replace(kStock, 2, 3, 80, 52));
    apply(test::replace(kStock, 1, 4, 70, 53));
    EXPECT_EQ(bids(), (Levels{{52, 1, 80}}));
    EXPECT_EQ(counters().replaces, 2U);
    EXPECT_EQ(counters().unknown_reference, 1U);
}

TEST_F(OrderRules, ReplaceMayReuseItsOwnReference) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::replace(kStock, 1, 1, 60, 49));
    EXPECT_EQ(bids(), (Levels{{49, 1, 60}}));
    EXPECT_EQ(counters().replaces, 1U);
    EXPECT_EQ(counters().duplicate_reference, 0U);
}

TEST_F(OrderRules, ReplaceOntoALiveReferenceRemovesTheOldOrderOnly) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::add(kStock, 2, 'B', 200, 51));
    apply(test::replace(kStock, 1, 2, 60, 52));
    EXPECT_EQ(bids(), (Levels{{51, 1, 200}}));
    EXPECT_EQ(counters().duplicate_reference, 1U);
    EXPECT_EQ(counters().replaces, 0U);
}

TEST_F(OrderRules, ReplaceOfAnUnknownOrderAddsNothing) {
    apply(test::replace(kStock, 1, 2, 60, 52));
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_EQ(counters().unknown_reference, 1U);
}

TEST_F(OrderRules, ReplaceByZeroSharesRemovesTheOldOrder) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::replace(kStock, 1, 2, 0, 50));
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_TRUE(bids().empty());
    EXPECT_EQ(counters().zero_shares, 1U);
    EXPECT_EQ(counters().replaces, 0U);
}

TEST_F(OrderRules, AddOfALiveReferenceIsIgnored) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::add(kStock, 1, 'S', 200, 60));
    apply(test::add_mpid(8, 1, 'B', 200, 60));
    EXPECT_EQ(bids(), (Levels{{50, 1, 100}}));
    EXPECT_EQ(book_.orders(), 1U);
    EXPECT_EQ(counters().duplicate_reference, 2U);
}

TEST_F(OrderRules, ReferenceOfADeadOrderMayBeUsedAgain) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::remove(kStock, 1));
    apply(test::add(kStock, 1, 'S', 200, 60));
    EXPECT_EQ(asks(), (Levels{{60, 1, 200}}));
    EXPECT_EQ(counters().duplicate_reference, 0U);
}

TEST_F(OrderRules, ReferencesZeroAndLargestAreOrdinary) {
    apply(test::add(kStock, 0, 'B', 1, 50));
    apply(test::add(kStock, ~std::uint64_t{0}, 'B', 2, 50));
    EXPECT_EQ(bids(), (Levels{{50, 2, 3}}));
    apply(test::remove(kStock, 0));
    EXPECT_EQ(bids(), (Levels{{50, 1, 2}}));
}

TEST_F(OrderRules, AddOfZeroSharesIsIgnored) {
    apply(test::add(kStock, 1, 'B', 0, 50));
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_EQ(book_.levels(), 0U);
    EXPECT_EQ(counters().zero_shares, 1U);
}

TEST_F(OrderRules, TakingZeroSharesChangesNothing) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::execute(kStock, 1, 0));
    apply(test::execute_at(kStock, 1, 0, 50));
    apply(test::cancel(kStock, 1, 0));
    EXPECT_EQ(bids(), (Levels{{50, 1, 100}}));
    EXPECT_EQ(counters().zero_shares, 3U);
    EXPECT_EQ(counters().executions + counters().cancels, 0U);
}

TEST_F(OrderRules, AddOfNeitherSideIsIgnored) {
    for (const char side : {'b', 's', ' ', '\0', 'X'}) {
        apply(test::add(kStock, 1, side, 100, 50));
    }
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_EQ(counters().bad_side, 5U);
}

TEST_F(OrderRules, AddWithoutAStockIsIgnored) {
    apply(test::add(0, 1, 'B', 100, 50));
    apply(test::add_mpid(0, 2, 'S', 100, 50));
    EXPECT_EQ(book_.orders(), 0U);
    EXPECT_TRUE(levels(Side::bid, 0).empty());
    EXPECT_EQ(counters().zero_locate, 2U);
}

TEST_F(OrderRules, OrdersOwnLocateCounts) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::execute(8, 1, 10));
    apply(test::cancel(0, 1, 10));
    EXPECT_EQ(bids(), (Levels{{50, 1, 80}}));
    apply(test::replace(9, 1, 2, 70, 51));
    EXPECT_EQ(bids(), (Levels{{51, 1, 70}}));
    EXPECT_TRUE(levels(Side::bid, 9).empty());
    apply(test::remove(10, 2));
    EXPECT_TRUE(bids().empty());
    EXPECT_EQ(counters().locate_mismatch, 4U);
}

TEST_F(OrderRules, UnknownReferencesAreCountedAndSkipped) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    apply(test::execute(kStock, 9, 1));
    apply(test::execute_at(kStock, 9, 1, 1));
    apply(test::cancel(kStock, 9, 1));
    apply(test::remove(kStock, 9));
    apply(test::replace(kStock, 9, 10, 1, 1));
    EXPECT_EQ(counters().unknown_reference, 5U);
    EXPECT_EQ(bids(), (Levels{{50, 1, 100}}));
}

TEST_F(OrderRules, TradesCrossesAndBreaksNeverTouchTheBook) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    const std::uint64_t before = book_.digest();
    itch::Trade trade;
    trade.order_reference = 1;
    trade.side = wire::Char{'B'};
    trade.shares = 100;
    trade.price = 50;
    apply(test::bytes(trade, kStock));
    itch::CrossTrade cross;
    cross.shares = 100;
    apply(test::bytes(cross, kStock));
    itch::BrokenTrade broken;
    broken.match_number = 1;
    apply(test::bytes(broken, kStock));
    EXPECT_EQ(book_.digest(), before);
    EXPECT_EQ(counters().ignored, 3U);
}

TEST_F(OrderRules, EveryOtherTypeIsIgnored) {
    std::uint64_t others = 0;
    itch::for_each_message_type([&]<typename Message>() {
        if (std::string_view{"AFECXDU"}.find(Message::kType) != std::string_view::npos) return;
        apply(test::bytes(Message{}, kStock));
        ++others;
    });
    EXPECT_EQ(others, 16U);
    EXPECT_EQ(counters().ignored, others);
    EXPECT_EQ(counters().messages, others);
}

TEST_F(OrderRules, EveryTruncationOfEveryTypeIsCountedAndSkipped) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    const std::uint64_t before = book_.digest();
    std::uint64_t wrong = 0;
    itch::for_each_message_type([&]<typename Message>() {
        Bytes message = test::bytes(Message{}, kStock);
        for (message.pop_back(); !message.empty(); message.pop_back()) {
            apply(message);
            ++wrong;
        }
    });
    EXPECT_EQ(counters().wrong_length, wrong);
    EXPECT_EQ(book_.digest(), before);
}

TEST_F(OrderRules, MessagesWithFieldsAddedAtTheirEndAreReadByWhatIsKnown) {
    const auto longer = [](Bytes message) {
        message.insert(message.end(), {std::byte{1}, std::byte{2}});
        return message;
    };
    const Bytes messages[] = {test::add(kStock, 1, 'B', 100, 50),
                              test::add_mpid(kStock, 2, 'S', 100, 60),
                              test::execute(kStock, 1, 30)};
    book::Book as_specified;
    for (const Bytes& message : messages) {
        apply(longer(message));
        as_specified.apply(message);
    }
    apply(longer(test::bytes(itch::SystemEvent{}, 0)));
    EXPECT_EQ(book_.digest(), as_specified.digest());
    EXPECT_EQ(book_.orders(), 2U);
    EXPECT_EQ(counters().wrong_length, 0U);
    EXPECT_EQ(counters().ignored, 1U);
}

TEST_F(OrderRules, EveryMessageThatCarriesASymbolNamesItsLocate) {
    std::uint16_t locate = 0;
    itch::for_each_message_type([&]<typename Message>() {
        if constexpr (requires(Message m) { m.stock; }) {
            Message message;
            message.stock = "NAMED";
            apply(test::bytes(message, ++locate));
        }
    });
    EXPECT_EQ(locate, 14U);  // R H Y L K J h A F P Q I N O
    for (const SymbolActivity& symbol : book_.busiest(100))
        EXPECT_EQ(symbol.stock, "NAMED") << symbol.locate;
    // A blank symbol unnames nothing.
    apply(test::bytes(itch::Trade{}, 1));
    for (const SymbolActivity& symbol : book_.busiest(100))
        EXPECT_EQ(symbol.stock, "NAMED") << symbol.locate;
}

TEST_F(OrderRules, EmptyMessageHasAWrongLength) {
    apply({});
    EXPECT_EQ(counters().wrong_length, 1U);
}

TEST_F(OrderRules, UnknownTypesAreCountedAndSkipped) {
    for (const char type : {'Z', 'a', '\0', '\xff'}) {
        apply(Bytes(36, static_cast<std::byte>(type)));
    }
    EXPECT_EQ(counters().unknown_type, 4U);
}

TEST_F(OrderRules, BusiestSymbolsComeFirstWithTheirNames) {
    itch::StockDirectory directory;
    directory.stock = "AAPL";
    apply(test::bytes(directory, 3));
    apply(test::add(3, 1, 'B', 1, 1, "AAPL"));
    apply(test::add(5, 2, 'B', 1, 1, "MSFT"));
    apply(test::execute(5, 2, 1));
    apply(test::add_mpid(5, 3, 'B', 1, 1, "MSFT"));
    apply(test::remove(9, 77));
    apply(test::bytes(itch::SystemEvent{}, 0));
    const auto busiest = book_.busiest(10);
    ASSERT_EQ(busiest.size(), 3U);
    EXPECT_EQ(busiest[0].locate, 5U);
    EXPECT_EQ(busiest[0].stock, "MSFT");
    EXPECT_EQ(busiest[0].messages, 3U);
    EXPECT_EQ(busiest[1].locate, 3U);
    EXPECT_EQ(busiest[1].stock, "AAPL");
    EXPECT_EQ(busiest[1].messages, 2U);
    EXPECT_EQ(busiest[2].locate, 9U);
    EXPECT_EQ(busiest[2].stock, "");
    EXPECT_EQ(book_.busiest(1).size(), 1U);
    EXPECT_TRUE(book_.busiest(0).empty());
}

TEST_F(OrderRules, EquallyBusySymbolsAreSortedByLocate) {
    for (const std::uint16_t locate : std::initializer_list<std::uint16_t>{900, 30, 500, 31}) {
        apply(test::add(locate, locate, 'B', 1, 1));
    }
    std::vector<std::uint16_t> locates;
    for (const SymbolActivity& symbol : book_.busiest(3)) {
        locates.push_back(symbol.locate);
    }
    EXPECT_EQ(locates, (std::vector<std::uint16_t>{30, 31, 500}));
}

TEST_F(OrderRules, BookCanBeMoved) {
    apply(test::add(kStock, 1, 'B', 100, 50));
    Book moved{std::move(book_)};
    moved.apply(test::execute(kStock, 1, 10));
    EXPECT_EQ(moved.top(kStock).bid, (Level{50, 1, 90}));
    EXPECT_EQ(moved.counters().executions, 1U);
}

}  // namespace
}  // namespace rxlab::book
