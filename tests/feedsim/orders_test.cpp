// SPDX-License-Identifier: MIT
//
// The decisions of receivers (rx/responder.hpp) against those of the simulator's oracle
// (feedsim/orders), on seeded markets, with and without a bad network; and what the ledger says of
// orders that are not as they must be.
#include "feedsim/market/feed_stream.hpp"
#include "feedsim/market/market.hpp"
#include "feedsim/orders/expected.hpp"
#include "feedsim/orders/ledger.hpp"

#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/pipeline.hpp>
#include <rxlab/wire/itch.hpp>
#include <rxlab/wire/ouch.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace rxlab::feedsim::test {
namespace {

using Bytes = std::vector<std::byte>;
using Messages = std::vector<std::span<const std::byte>>;
using order::Trigger;

struct Sent {
    std::uint64_t sequence;
    Bytes payload;
    [[nodiscard]] Messages messages() const {
        Messages list;
        static_cast<void>(wire::mold::for_each_message(
            payload, [&](std::span<const std::byte> message) { list.push_back(message); }));
        return list;
    }
};

std::vector<Sent> market(std::uint64_t seed, std::size_t packets, std::uint32_t per_packet) {
    FeedStream stream{std::make_unique<Market>(MarketOptions{.seed = seed, .symbols = 5}),
                      {.session = wire::mold::Session{"TEST"}, .messages_per_packet = per_packet}};
    std::vector<Sent> list;
    for (std::size_t i = 0; i < packets; ++i) {
        const FeedPacket packet = stream.next(std::nullopt);
        list.push_back({packet.sequence, {packet.payload.begin(), packet.payload.end()}});
    }
    return list;
}

constexpr std::uint32_t kLevel = 1'000'000;

// Two stocks whose best prices change with nearly every message, around kLevel.
std::vector<Sent> wild_market(std::uint64_t seed, std::size_t packets, std::uint32_t per_packet) {
    namespace itch = wire::itch;
    struct Live {
        std::uint64_t reference;
        std::uint16_t locate;
    };
    std::mt19937_64 random{seed};
    std::vector<Live> live;
    std::uint64_t reference = 0, sequence = 1;
    const auto price = [&] {
        return kLevel + 100 * static_cast<std::uint32_t>(random() % 9) - 400;
    };
    const auto add = [&](wire::mold::PacketBuilder& builder) {
        itch::AddOrder message;
        message.header.stock_locate = static_cast<std::uint16_t>(1 + random() % 2);
        message.order_reference = ++reference;
        message.side = random() % 2 == 0 ? itch::kBuy : itch::kSell;
        message.shares = 100;
        message.stock = message.header.stock_locate == 1 ? "RXLB" : "RXLC";
        message.price = price();
        live.push_back({reference, message.header.stock_locate});
        return builder.append(wire::bytes_of(message));
    };
    const auto change = [&](wire::mold::PacketBuilder& builder) {
        const std::size_t at = random() % live.size();
        Live& order = live[at];
        if (random() % 3 == 0) {
            itch::OrderReplace message;
            message.header.stock_locate = order.locate;
            message.order_reference = order.reference;
            message.new_order_reference = order.reference = ++reference;
            message.shares = 100;
            message.price = price();
            return builder.append(wire::bytes_of(message));
        }
        const std::uint64_t old = order.reference;
        const std::uint16_t locate = order.locate;
        order = live.back();
        live.pop_back();
        if (random() % 2 == 0) {
            itch::OrderCancel message;
            message.header.stock_locate = locate;
            message.order_reference = old;
            message.cancelled_shares = 100;
            return builder.append(wire::bytes_of(message));
        }
        itch::OrderDelete message;
        message.header.stock_locate = locate;
        message.order_reference = old;
        return builder.append(wire::bytes_of(message));
    };
    std::vector<Sent> list;
    for (std::size_t i = 0; i < packets; ++i) {
        Bytes memory(wire::mold::kPayloadBytesMax);
        wire::mold::PacketBuilder builder{memory, wire::mold::Session{"TEST"}};
        builder.start(sequence);
        for (std::uint32_t n = 0; n < per_packet; ++n)
            EXPECT_TRUE(live.size() < 3 || random() % 5 < 2 ? add(builder) : change(builder));
        const auto packet = builder.finish();
        list.push_back({sequence, {packet.begin(), packet.end()}});
        sequence += per_packet;
    }
    return list;
}

std::vector<Trigger> triggers() {
    return {{Trigger::Kind::every, 3, 0, {}, 0},
            {Trigger::Kind::bid_at_least, 0, kLevel, "RXLB", 0},
            {Trigger::Kind::ask_at_most, 0, kLevel, "RXLC", 0}};
}

// Keeps what it is given.
struct Collector final : rx::OrderPort {
    std::vector<Bytes> orders;
    bool send(std::span<const std::byte> datagram) noexcept override {
        orders.emplace_back(datagram.begin(), datagram.end());
        return true;
    }
};

ExpectedOrder read(const Bytes& bytes) {
    EXPECT_TRUE(wire::ouch::is_enter_order(bytes));
    const auto& order = wire::overlay<wire::ouch::EnterOrder>(bytes);
    return {.tick = order::parse_reference(order.client_order_id).value_or(order::Tick{}),
            .is_buy = order.side.front() == wire::ouch::kBuy,
            .shares = order.quantity,
            .symbol = std::string{order.symbol.view()},
            .price = order.price};
}

// What reaches a receiver: which packet, on which line.
struct Arriving {
    std::size_t packet;
    std::uint8_t line = 0;
};

struct Receiver {
    Receiver(const std::vector<Trigger>& when, bool ordered, bool two_lines) {
        options.groups = {{0xef010101, 30001}};
        if (two_lines) options.line_b = {{0xef010102, 30001}};
        options.orders = 100'000;
        options.levels = 10'000;
        options.respond = {{0xc0000201, 31003}};
        options.respond_when = when;
        if (ordered) options.gap_wait_us = 1'000'000;
        if (ordered) options.first_sequence = 1;  // or the first that comes is the first
        latency::VirtualTime::set(1'000'000, 10);
        pipeline.emplace(options, latency::Clock{latency::ClockSource::virtual_time}, nullptr,
                         recovery::make_policy(options));
        pipeline->responder()->send_through(&port);
        pipeline->begin(1.0);
    }
    std::vector<ExpectedOrder> run(const std::vector<Sent>& packets,
                                   const std::vector<Arriving>& arriving) {
        for (const Arriving& each : arriving) {
            pipeline->process({packets[each.packet].payload, {0, each.line}, 0},
                              latency::VirtualTime::read());
            static_cast<void>(pipeline->turn());
        }
        std::vector<ExpectedOrder> orders;
        for (const Bytes& bytes : port.orders)
            orders.push_back(read(bytes));
        return orders;
    }

    rx::Options options;
    Collector port;
    std::optional<rx::Pipeline> pipeline;
};

// A packet is looked at if, when its first copy came, all before it had come and none behind it.
std::vector<ExpectedOrder> oracle(const std::vector<Sent>& packets,
                                  const std::vector<Arriving>& arriving) {
    std::vector<std::size_t> first_at(packets.size(), arriving.size());
    for (std::size_t i = arriving.size(); i-- > 0;)
        first_at[arriving[i].packet] = i;
    ExpectedOrders expected{triggers()};
    for (std::size_t n = 0; n < packets.size(); ++n) {
        bool looks = true;
        for (std::size_t i = 0; i < first_at[n]; ++i)
            looks = looks && arriving[i].packet < n;
        for (std::size_t before = 0; before < n; ++before)
            looks = looks && first_at[before] < first_at[n];
        expected.take(0, packets[n].sequence, packets[n].messages(), looks);
    }
    return expected.orders();
}

std::vector<Arriving> in_order(std::size_t packets) {
    std::vector<Arriving> list(packets);
    for (std::size_t i = 0; i < packets; ++i)
        list[i].packet = i;
    return list;
}

class Decisions : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Decisions, ::testing::Range(std::uint64_t{1}, std::uint64_t{13}));

TEST_P(Decisions, AreTheOraclesWhereNothingIsLost) {
    for (const std::uint32_t per_packet : {1U, 4U}) {
        const auto packets = wild_market(GetParam(), 1'000, per_packet);
        const auto expected = oracle(packets, in_order(packets.size()));
        for (const bool ordered : {false, true}) {
            Receiver receiver{triggers(), ordered, false};
            EXPECT_EQ(receiver.run(packets, in_order(packets.size())), expected);
            EXPECT_EQ(receiver.pipeline->responder()->counters().not_current, 0U);
        }
        EXPECT_GT(std::ranges::count(expected, std::string{"RXLB"}, &ExpectedOrder::symbol), 50)
            << "or this test shows little";
    }
}

TEST_P(Decisions, AreTheOraclesOnTheSimulatorsMarket) {
    const auto packets = market(GetParam(), 2'000, 3);
    Receiver receiver{triggers(), false, false};
    EXPECT_EQ(receiver.run(packets, in_order(packets.size())),
              oracle(packets, in_order(packets.size())));
}

TEST_P(Decisions, AreTheOraclesWherePacketsComeOutOfOrderAndTwice) {
    std::mt19937_64 random{GetParam()};
    const auto packets = wild_market(GetParam(), 600, 2);
    std::vector<Arriving> arriving = in_order(packets.size());
    for (int i = 0; i < 40; ++i) {  // one comes up to seven places later
        const std::size_t from = random() % (arriving.size() - 8);
        const auto begin = arriving.begin() + static_cast<std::ptrdiff_t>(from);
        std::rotate(begin, begin + 1, begin + 2 + static_cast<std::ptrdiff_t>(random() % 7));
    }
    for (int i = 0; i < 20; ++i) {  // one comes again
        const std::size_t at = 1 + random() % (arriving.size() - 1);
        arriving.insert(arriving.begin() + static_cast<std::ptrdiff_t>(at), arriving[at / 2]);
    }
    Receiver receiver{triggers(), true, false};
    EXPECT_EQ(receiver.run(packets, arriving), oracle(packets, arriving));
    EXPECT_EQ(receiver.pipeline->feeds()[0].sequencer.next(),
              packets.back().sequence + packets.back().messages().size());
}

TEST_P(Decisions, AreTheOraclesWhereEitherLineLosesPackets) {
    std::mt19937_64 random{GetParam()};
    const auto packets = wild_market(GetParam(), 600, 1);
    std::vector<Arriving> arriving;
    std::vector<std::size_t> late;  // on line B
    for (std::size_t n = 0; n < packets.size(); ++n) {
        const bool loses_a = random() % 10 == 0, loses_b = !loses_a && random() % 10 == 0;
        if (!loses_a) arriving.push_back({n, 0});
        if (!loses_b) late.push_back(n);
        while (late.size() > random() % 4) {
            arriving.push_back({late.front(), 1});
            late.erase(late.begin());
        }
    }
    for (const std::size_t n : late)
        arriving.push_back({n, 1});
    Receiver receiver{triggers(), true, true};
    EXPECT_EQ(receiver.run(packets, arriving), oracle(packets, arriving));
}

TEST_P(Decisions, AreNoneAnyMoreWhereTheBookIsStale) {
    const auto packets = wild_market(GetParam(), 1'000, 1);
    const std::size_t lost = 300 + GetParam();
    auto arriving = in_order(packets.size());
    arriving.erase(arriving.begin() + static_cast<std::ptrdiff_t>(lost));
    arriving.push_back({lost});  // too late
    auto expected = oracle(packets, in_order(packets.size()));
    std::erase_if(expected, [&](const ExpectedOrder& each) {
        return each.tick.sequence >= packets[lost].sequence;
    });
    Receiver receiver{triggers(), false, false};
    EXPECT_EQ(receiver.run(packets, arriving), expected);
    EXPECT_EQ(receiver.pipeline->freshness(0), rx::Freshness::stale);
    // Neither the lost one nor the one behind the gap is in its place.
    EXPECT_EQ(receiver.pipeline->responder()->counters().not_current, packets.size() - lost - 2);
}

TEST(Responder, StopsAtTheLimitAndCountsWhatItWouldHaveSent) {
    const auto packets = market(1, 100, 1);
    Receiver receiver{{{Trigger::Kind::every, 1, 0, {}, 0}}, false, false};
    receiver.options.orders_max = 7;
    receiver.pipeline.emplace(receiver.options, latency::Clock{latency::ClockSource::virtual_time},
                              nullptr);
    receiver.pipeline->responder()->send_through(&receiver.port);
    receiver.pipeline->begin(1.0);
    EXPECT_EQ(receiver.run(packets, in_order(packets.size())).size(), 7U);
    EXPECT_EQ(receiver.pipeline->responder()->counters().orders, 7U);
    EXPECT_EQ(receiver.pipeline->responder()->counters().over_limit, 93U);
}

TEST(Responder, NumbersItsOrdersFromOne) {
    const auto packets = market(1, 10, 1);
    Receiver receiver{{{Trigger::Kind::every, 1, 0, {}, 0}}, false, false};
    static_cast<void>(receiver.run(packets, in_order(packets.size())));
    for (std::uint32_t i = 0; i < receiver.port.orders.size(); ++i) {
        EXPECT_EQ(wire::overlay<wire::ouch::EnterOrder>(receiver.port.orders[i]).user_ref_num,
                  i + 1);
    }
}

// Ten packets of one message each, sent at 100, 200, …; orders to some of them are due.
class Ledger : public ::testing::Test {
  protected:
    Ledger() {
        for (std::uint64_t n = 1; n <= 10; ++n) {
            log_.note_tick(0, 100 * n);
            sequences_[0].push_back(n);
        }
        for (const std::uint64_t n : {2U, 4U, 6U})
            expected_.push_back({.tick = {0, n}, .shares = 100, .symbol = "RXLB", .price = 7});
    }
    wire::ouch::EnterOrder to(std::uint64_t sequence) {
        wire::ouch::EnterOrder order;
        order.user_ref_num = ++number_;
        order.quantity = 100;
        order.symbol = "RXLB";
        order.price = 7;
        order.client_order_id = order::reference_of({0, sequence});
        return order;
    }
    void come(const wire::ouch::EnterOrder& order, latency::Ticks at = 5'000) {
        log_.note_order(at, wire::bytes_of(order));
    }
    OrderLedger judge(std::uint64_t orders_max = 1'000) {
        return judge_orders(log_, sequences_, expected_, orders_max, 1.0);
    }

    OrderLog log_{1, 10, 100};
    std::vector<std::vector<std::uint64_t>> sequences_{1};
    std::vector<ExpectedOrder> expected_;
    std::uint32_t number_ = 0;
};

TEST_F(Ledger, FindsNothingWrongWithWhatIsDue) {
    come(to(2), 230), come(to(4), 450), come(to(6), 610);
    const OrderLedger ledger = judge();
    EXPECT_EQ(ledger.counts.good, 3U);
    EXPECT_EQ(ledger.counts.missed + ledger.counts.lost, 0U);
    ASSERT_EQ(ledger.records.size(), 3U);
    EXPECT_EQ(ledger.records[1].sequence, 4U);
    EXPECT_EQ(ledger.records[1].first, 400U);
    EXPECT_EQ(ledger.records[1].second, 450U);
    EXPECT_EQ(ledger.records[1].messages, 2U);
    EXPECT_EQ(ledger.records[1].flags, 0);
    EXPECT_EQ(ledger.tick_to_trade_ns.count(), 3U);
    EXPECT_EQ(ledger.tick_to_trade_ns.max(), 50U);
}

TEST_F(Ledger, CountsMissedOnesUpToTheLimit) {
    come(to(2));
    EXPECT_EQ(judge().counts.missed, 2U);
    EXPECT_EQ(judge(2).counts.expected, 2U);
    EXPECT_EQ(judge(2).counts.missed, 1U);
}

TEST_F(Ledger, CallsAnOrderFalseThatNobodyAskedForOrThatSaysSomethingElse) {
    come(to(3));
    auto dearer = to(2);
    dearer.price = 8;
    come(dearer);
    auto other_way = to(2);
    other_way.side = wire::ouch::kSell;
    come(other_way);
    auto other_stock = to(2);
    other_stock.symbol = "RXLA";
    come(other_stock);
    auto more = to(2);
    more.quantity = 200;
    come(more);
    EXPECT_EQ(judge().counts.wrong, 5U);
    EXPECT_EQ(judge().counts.good, 0U);
    EXPECT_EQ(judge().records[0].flags, latency::kTraceWrongOrder);
}

TEST_F(Ledger, FindsDuplicates) {
    come(to(2)), come(to(2));
    EXPECT_EQ(judge().counts.good, 1U);
    EXPECT_EQ(judge().counts.duplicate, 1U);
    EXPECT_EQ(judge().records[1].flags, latency::kTraceDuplicateOrder);
}

TEST_F(Ledger, DoesNotKnowPacketsThatWereNeverSentOrNotYet) {
    come(to(11));
    come(to(2), 150);
    auto nameless = to(2);
    nameless.client_order_id = "hello";
    come(nameless);
    EXPECT_EQ(judge().counts.unknown, 3U);
    EXPECT_EQ(judge().records[0].flags, latency::kTraceUnknownOrder);
}

TEST_F(Ledger, RefusesWhatIsNoOrder) {
    Bytes noise(47, std::byte{'x'});
    log_.note_order(5'000, noise);
    log_.note_order(5'000, {});
    Bytes longer(400, std::byte{0});
    const auto order = to(2);
    std::ranges::copy(wire::bytes_of(order), longer.begin());
    log_.note_order(5'000, longer);
    EXPECT_EQ(judge().counts.malformed, 3U);
    EXPECT_EQ(judge().records[0].flags, latency::kTraceMalformedOrder);
}

TEST_F(Ledger, TellsOrdersThatGotLostFromThoseThatNeverLeft) {
    come(to(2));
    static_cast<void>(to(4));  // sent, and lost
    come(to(6));
    EXPECT_EQ(judge().counts.lost, 1U);
    EXPECT_EQ(judge().counts.missed, 1U);
}

TEST_F(Ledger, LosesNoneThatWasOvertakenAndBelievesNoStrayNumber) {
    const auto first = to(2), second = to(4), third = to(6);
    come(first), come(third), come(second);
    auto stray = to(11);
    stray.user_ref_num = 4'000'000'000U;
    come(stray);
    EXPECT_EQ(judge().counts.good, 3U);
    EXPECT_EQ(judge().counts.unknown, 1U);
    EXPECT_EQ(judge().counts.lost, 0U);
}

TEST_F(Ledger, CountsWhatFindsNoRoom) {
    for (int i = 0; i < 105; ++i)
        come(to(2));
    log_.note_tick(0, 1);
    EXPECT_EQ(log_.overflow(), 6U);
    EXPECT_EQ(judge().counts.arrived, 100U);
}

}  // namespace
}  // namespace rxlab::feedsim::test
