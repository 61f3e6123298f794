// SPDX-License-Identifier: MIT
#include "feedsim/market/market.hpp"

#include "market_checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace rxlab::feedsim::test {
namespace {

namespace itch = wire::itch;

struct Case {
    std::uint64_t seed;
    std::uint32_t symbols;
};

void PrintTo(const Case& market, std::ostream* out) {
    *out << market.symbols << " symbols";
}

// Names the tests, so that a failure says which market failed.
std::string case_name(const testing::TestParamInfo<Case>& info) {
    return "seed" + std::to_string(info.param.seed) + "symbols" +
           std::to_string(info.param.symbols);
}

std::uint64_t fnv1a(Market& market, std::uint64_t messages) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::uint64_t i = 0; i < messages; ++i) {
        for (const std::byte byte : market.next())
            hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
    }
    return hash;
}

class SaneMarket : public testing::TestWithParam<Case> {
  protected:
    static constexpr std::uint64_t kMessages = 200'000;

    void SetUp() override {
        for (std::uint64_t i = 0; i < kMessages; ++i)
            checker_.apply(market_.next());
    }

    Market market_{{.seed = GetParam().seed, .feed = 0, .symbols = GetParam().symbols}};
    MarketChecker checker_;
};

TEST_P(SaneMarket, SendsNothingThatAnExchangeNeverWould) {
    const Violations& found = checker_.violations();
    EXPECT_EQ(found.crossed_books, 0U);
    EXPECT_EQ(found.unknown_references, 0U);
    EXPECT_EQ(found.over_executions, 0U);
    EXPECT_EQ(found.references_not_increasing, 0U);
    EXPECT_EQ(found.times_not_increasing, 0U);
    EXPECT_EQ(found.empty_orders, 0U);
    EXPECT_EQ(found.off_tick_prices, 0U);
    EXPECT_EQ(found.locates_without_directory, 0U);
    EXPECT_EQ(found.tickers_not_of_the_locate, 0U);
    EXPECT_EQ(found.not_itch, 0U);
    EXPECT_EQ(found, Violations{});
}

TEST_P(SaneMarket, CountsTheOrdersThatAreAlive) {
    EXPECT_EQ(market_.live_orders(), checker_.live_orders());
}

INSTANTIATE_TEST_SUITE_P(Markets, SaneMarket,
                         testing::Values(Case{1, 100}, Case{2, 1}, Case{3, 8}, Case{4, 2'000},
                                         Case{~std::uint64_t{0}, 100}),
                         case_name);

class MarketStatistics : public testing::Test {
  protected:
    static constexpr std::uint64_t kMessages = 600'000;

    void SetUp() override {
        for (std::uint64_t i = 0; i < kMessages; ++i)
            checker_.apply(market_.next());
    }

    Market market_{{.seed = 5, .feed = 0, .symbols = 100}};
    MarketChecker checker_;
};

TEST_F(MarketStatistics, FollowsTheMixOfARealDay) {
    EXPECT_NEAR(checker_.share('A'), 0.437, 0.004);
    EXPECT_NEAR(checker_.share('D'), 0.400, 0.004);
    EXPECT_NEAR(checker_.share('U'), 0.081, 0.002);
    EXPECT_NEAR(checker_.share('F'), 0.034, 0.002);
    EXPECT_NEAR(checker_.share('E'), 0.022, 0.002);
    for (const char rest : {'C', 'X', 'P', 'I'})
        EXPECT_GT(checker_.count(rest), 0U) << rest;
}

TEST_F(MarketStatistics, KeepsOneMessageInEighteenAlive) {
    EXPECT_NEAR(static_cast<double>(market_.live_orders()) / kMessages, 0.0555, 0.003);
}

TEST_F(MarketStatistics, IsMostlyAboutRecentOrders) {
    const auto& distances = checker_.distances();
    std::uint64_t near = 0;
    std::uint64_t near_sum = 0;
    for (const std::uint64_t distance : distances) {
        if (distance >= 20'000) continue;
        ++near;
        near_sum += distance;
    }
    const double near_share = static_cast<double>(near) / static_cast<double>(distances.size());
    EXPECT_GT(near_share, 0.80);
    EXPECT_LT(near_share, 0.95);
    EXPECT_NEAR(static_cast<double>(near_sum) / static_cast<double>(near), 2'000, 400);
}

TEST_F(MarketStatistics, MovesItsBestPricesAndExecutesThere) {
    EXPECT_GT(checker_.touch_changes(), kMessages / 20);
    EXPECT_GT(checker_.executed_at_touch(), 0.95);
}

TEST(Market, IsTheSameForTheSameSeedOnEveryPlatform) {
    Market one{{.seed = 7, .feed = 0, .symbols = 50}};
    Market two{{.seed = 7, .feed = 0, .symbols = 50}};
    const std::uint64_t hash = fnv1a(one, 50'000);
    EXPECT_EQ(hash, fnv1a(two, 50'000));
    EXPECT_EQ(hash, 0xefae3350048d413bU)
        << "a change of the model changes every recorded feed: say so";
}

TEST(Market, DiffersBySeedAndByFeed) {
    std::set<std::uint64_t> hashes;
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        for (const std::uint32_t feed : {0U, 1U, 2U}) {
            Market market{{.seed = seed, .feed = feed, .symbols = 10}};
            hashes.insert(fnv1a(market, 1'000));
        }
    }
    EXPECT_EQ(hashes.size(), 9U);
}

TEST(Market, IsTheSameWhateverRoomWasMadeReady) {
    Market small{{.seed = 7, .feed = 0, .symbols = 50, .messages_expected = 0}};
    Market large{{.seed = 7, .feed = 0, .symbols = 50}};
    EXPECT_EQ(fnv1a(small, 100'000), fnv1a(large, 100'000));
}

TEST(Market, OpensWithDirectoryThenTradingStates) {
    Market market{{.seed = 1, .feed = 0, .symbols = 3}};
    std::string types;
    for (int i = 0; i < 8; ++i)
        types += std::to_integer<char>(market.next().front());
    EXPECT_EQ(types, "SRRRSHHH");
}

TEST(Market, StopsGrowingNearItsSoftLimit) {
    Market market{{.symbols = 100, .live_orders_soft_max = 10'000, .live_orders_max = 20'000}};
    std::size_t live_max = 0;
    for (int i = 0; i < 500'000; ++i) {  // would leave 27,700 alive
        (void)market.next();
        live_max = std::max(live_max, market.live_orders());
    }
    EXPECT_GT(live_max, 10'000U);
    EXPECT_LT(live_max, 11'500U);
}

// Trades against hidden orders are at the mid.
TEST(Market, DriftsByTicksFromWhereTheDayBegan) {
    Market market{{.symbols = 10}};
    std::map<std::uint16_t, std::set<std::uint32_t>> mids;
    for (int i = 0; i < 300'000; ++i) {
        (void)itch::visit(market.next(), [&](const auto& message) {
            if constexpr (std::is_same_v<std::decay_t<decltype(message)>, itch::Trade>) {
                mids[message.header.stock_locate].insert(message.price);
            }
        });
    }
    ASSERT_EQ(mids.size(), 10U);
    for (const auto& [locate, prices] : mids) {
        EXPECT_GE(*prices.rbegin() - *prices.begin(), 500U) << locate;
        EXPECT_LE(*prices.rbegin() - *prices.begin(), 12'800U) << locate;
    }
}

TEST(Market, RefusesAnImpossibleNumberOfSymbols) {
    EXPECT_THROW(Market({.symbols = 0}), std::invalid_argument);
    EXPECT_THROW(Market({.symbols = 65'536}), std::invalid_argument);
}

TEST(Ticker, IsUniqueForEachLocate) {
    std::set<std::string> tickers;
    for (std::uint32_t i = 0; i < 65'535; ++i) {
        const auto ticker = make_ticker(i);
        ASSERT_GE(ticker.view().size(), 4U);
        ASSERT_LE(ticker.view().size(), 5U);
        tickers.emplace(ticker.view());
    }
    EXPECT_EQ(tickers.size(), 65'535U);
}

}  // namespace
}  // namespace rxlab::feedsim::test
