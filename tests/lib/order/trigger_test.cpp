// SPDX-License-Identifier: MIT
#include <rxlab/order/trigger.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace rxlab::order {
namespace {

TEST(TriggerParse, ReadsEveryNthMessage) {
    const Trigger trigger = parse_trigger("every:100");
    EXPECT_EQ(trigger.kind, Trigger::Kind::every);
    EXPECT_EQ(trigger.every, 100U);
}

TEST(TriggerParse, ReadsCrossingsOfEitherSide) {
    const Trigger bid = parse_trigger("bid>=100.25:RXLB");
    EXPECT_EQ(bid.kind, Trigger::Kind::bid_at_least);
    EXPECT_EQ(bid.price, 1'002'500U);
    EXPECT_EQ(bid.symbol.view(), "RXLB");
    EXPECT_EQ(bid.feed, 0);
    const Trigger ask = parse_trigger("ask<=99.0001:ABCDEFGH@3");
    EXPECT_EQ(ask.kind, Trigger::Kind::ask_at_most);
    EXPECT_EQ(ask.price, 990'001U);
    EXPECT_EQ(ask.symbol.view(), "ABCDEFGH");
    EXPECT_EQ(ask.feed, 3);
}

TEST(TriggerParse, ReadsBackWhatItWrites) {
    for (const char* const text :
         {"every:1", "bid>=100.2500:RXLB", "ask<=0.0001:A@65535", "bid>=429496.7295:ABCDEFGH"}) {
        EXPECT_EQ(to_string(parse_trigger(text)), text);
    }
}

TEST(TriggerParse, RefusesWhatIsNotATrigger) {
    for (const char* const text : {"",
                                   "every",
                                   "every:",
                                   "every:0",
                                   "every:-1",
                                   "every:1x",
                                   "bid>=100",
                                   "bid>=100:",
                                   "bid>=:A",
                                   "bid>=0:A",
                                   "bid>=1.00001:A",
                                   "bid>=1.:A",
                                   "bid>=429496.7296:A",
                                   "bid>=1:ABCDEFGHI",
                                   "bid>=1:A@",
                                   "bid>=1:A@65536",
                                   "bid<=1:A",
                                   "ask>=1:A",
                                   "BID>=1:A",
                                   "bid>=1,5:A",
                                   "bid>=-1:A",
                                   "bid>=99999999999:A"}) {
        EXPECT_THROW(static_cast<void>(parse_trigger(text)), std::invalid_argument) << text;
    }
}

TEST(TriggerOrder, SellsIntoABidAndBuysAnAsk) {
    const auto sell = order_of(parse_trigger("bid>=100:RXLB"));
    EXPECT_EQ(sell.side.front(), wire::ouch::kSell);
    EXPECT_EQ(sell.price, 1'000'000U);
    EXPECT_EQ(sell.symbol.view(), "RXLB");
    EXPECT_EQ(sell.quantity, kOrderShares);
    EXPECT_EQ(order_of(parse_trigger("ask<=100:RXLB")).side.front(), wire::ouch::kBuy);
}

TEST(TriggerEvery, MeansPacketsWithAMultipleAmongTheirMessages) {
    for (std::uint64_t every = 1; every < 9; ++every) {
        for (std::uint64_t first = 1; first < 40; ++first) {
            for (std::uint64_t count = 0; count < 12; ++count) {
                bool expected = false;
                for (std::uint64_t n = first; n < first + count; ++n)
                    expected = expected || n % every == 0;
                EXPECT_EQ(has_multiple(first, count, every), expected)
                    << first << " " << count << " " << every;
            }
        }
    }
}

}  // namespace
}  // namespace rxlab::order
