// SPDX-License-Identifier: MIT
//
// A thousand seeded scenarios: loss, duplicates, reordering, A/B skew and bursts, with and without
// recovery. The book at the end is the undisturbed one whenever recovery is on and the server goes
// back far enough; otherwise exactly the messages that were declared lost are missing from it.
#include "simulated_network.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/feed/channel.hpp>
#include <rxlab/feed/line_pair.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace rxlab::feed {
namespace {

using test::Bytes;
using test::Recording;
using test::Scenario;
using test::SimulatedNetwork;

constexpr std::size_t kPackets = 400;
constexpr int kScenarios = 1'000;
constexpr int kParts = 10;

const book::BookLimits kLimits{.orders = 4'096, .levels = 4'096};

// Eight different markets are enough: the faults differ in every scenario.
const Recording& market(std::uint64_t seed) {
    static std::map<std::uint64_t, Recording> recordings;
    const std::uint64_t which = seed % 8;
    const auto found = recordings.find(which);
    if (found != recordings.end()) return found->second;
    return recordings.emplace(which, test::record_market(which, kPackets)).first->second;
}

// The book of a market without the messages that are `missing`.
std::uint64_t digest_without(const Recording& recording, const std::vector<bool>& missing) {
    book::Book book{kLimits};
    for (std::size_t i = 0; i < recording.messages.size(); ++i) {
        if (!missing[i + 1]) book.apply(recording.messages[i]);
    }
    return book.digest();
}

// What a receiver does with what it is given: a Channel, and a book behind it.
class Receiver final : public OrderedSink {
  public:
    explicit Receiver(const Recording& recording)
        : lost(recording.end() + 1, false), book{kLimits} {}

    void deliver(std::span<const std::byte> payload, const Arrival&) noexcept override {
        const auto& header = wire::overlay<wire::mold::Header>(payload);
        const Verdict verdict = channel.accept(header);
        if (verdict.kind == PacketKind::gap || verdict.missing != 0) out_of_order = true;
        if (verdict.kind != PacketKind::in_order) return;
        EXPECT_EQ(
            wire::mold::for_each_message(
                payload, [this](std::span<const std::byte> m) { book.apply(m); }, verdict.skip),
            wire::mold::Status::ok);
    }
    void skip_to(std::uint64_t sequence) noexcept override {
        for (std::uint64_t i = channel.next_sequence(); i < sequence; ++i)
            lost[i] = true;
        channel.lose_before(sequence);
    }
    void begin_anew() noexcept override {
        book.clear();
        std::fill(lost.begin(), lost.end(), false);
    }
    void join(const wire::mold::Session& session, std::uint64_t sequence) noexcept override {
        channel.join(session, sequence);
    }

    std::vector<bool> lost;
    book::Book book;
    Channel channel;
    bool out_of_order = false;
};

Scenario scenario_of(std::uint64_t seed) {
    std::mt19937_64 random{seed * 77};
    const auto pick = [&random](auto... values) {
        const std::array list{values...};
        return list[random() % list.size()];
    };
    Scenario scenario;
    scenario.seed = seed;
    scenario.faults = {.drop = pick(0.0, 0.001, 0.01, 0.05),
                       .duplicate = pick(0.0, 0.01, 0.2),
                       .burst = pick(0.0, 0.0, 0.01),
                       .burst_packets = pick(5U, 60U),
                       .reorder = pick(0.0, 0.02, 0.3),
                       .reorder_packets = pick(1U, 10U, 50U)};
    scenario.two_lines = random() % 2 == 0;
    scenario.skew_ns = pick(300.0, 2'000.0, 100'000.0);
    scenario.recover = random() % 3 != 0;
    scenario.answer_loss = pick(0.0, 0.02);
    // Every third server forgets; 150 messages are half a millisecond.
    if (random() % 3 == 0) scenario.store_messages = 150;
    return scenario;
}

struct Outcome {
    std::uint64_t lost = 0;
    std::uint64_t recovered = 0;
    std::uint64_t held = 0;
};

OrderedOptions options_of(const Scenario& scenario) {
    OrderedOptions options;
    options.hold_packets = 512;
    options.recover = scenario.recover;
    options.first_sequence = 1;
    options.requests.seed = scenario.seed;
    return options;
}

// One session, from its first packet to its last repeated end.
void run(SimulatedNetwork& network, const Recording& recording, OrderedChannel& channel,
         Receiver& receiver, LinePair& lines) {
    const auto serve = [&](std::uint64_t now_ns) {
        while (const auto request = channel.next_request(now_ns)) {
            if (channel.session() == recording.session) network.request(*request, now_ns);
        }
    };
    network.run(
        [&](const SimulatedNetwork::Event& event) {
            const Arrival arrival{event.line == 2 ? Origin::answer : Origin::line, event.now_ns, 0};
            const auto& header = wire::overlay<wire::mold::Header>(*event.packet);
            Taken taken = Taken::delivered;
            if (event.line != 2 && channel.in_order(header)) {
                receiver.deliver(*event.packet, arrival);
            } else {
                taken = channel.take(*event.packet, arrival, receiver);
                if (taken == Taken::old) receiver.deliver(*event.packet, arrival);
            }
            if (event.line != 2) {
                lines.accept(event.line, header, taken == Taken::delivered || taken == Taken::held,
                             event.now_ns);
            }
            serve(event.now_ns);
        },
        [&](std::uint64_t now_ns) {
            channel.poll(now_ns, receiver);
            serve(now_ns);
        },
        [&] { return channel.due_ns(); });
}

Outcome check(std::uint64_t seed) {
    SCOPED_TRACE(seed);
    const Recording& recording = market(seed);
    const Scenario scenario = scenario_of(seed);
    SimulatedNetwork network{recording, scenario};
    Receiver receiver{recording};
    OrderedChannel channel{options_of(scenario)};
    LinePair lines;
    run(network, recording, channel, receiver, lines);
    channel.finish(1'000'000'000'000, receiver);

    const Ledger ledger = channel.ledger();
    EXPECT_TRUE(ledger.closes());
    EXPECT_EQ(ledger.expected, recording.messages.size());
    EXPECT_EQ(channel.next_sequence(), recording.end());
    EXPECT_TRUE(receiver.channel.ended());
    EXPECT_FALSE(receiver.out_of_order);
    EXPECT_EQ(channel.held(), 0U);
    EXPECT_EQ(receiver.book.counters().messages, ledger.delivered + ledger.recovered);
    EXPECT_EQ(
        static_cast<std::uint64_t>(std::count(receiver.lost.begin(), receiver.lost.end(), true)),
        ledger.lost);
    EXPECT_EQ(receiver.book.digest(), digest_without(recording, receiver.lost));
    EXPECT_EQ(channel.freshness(), ledger.lost == 0 ? Freshness::current : Freshness::stale);
    if (scenario.recover && scenario.store_messages > recording.messages.size()) {
        EXPECT_EQ(ledger.lost, 0U);
    }
    if (!scenario.recover) {
        EXPECT_EQ(network.requests(), 0U);
        EXPECT_EQ(ledger.recovered, 0U);
        // Reordering and skew stay below the wait: lost is what no line brought.
        for (std::size_t i = 0; i < recording.packets.size(); ++i) {
            const auto& header = wire::overlay<wire::mold::Header>(recording.packets[i]);
            EXPECT_EQ(receiver.lost[header.sequence], !network.arrived(i)) << i;
        }
    }
    std::uint64_t first = 0;
    for (std::size_t line = 0; line < kLines; ++line)
        first += lines.counters(line).first;
    EXPECT_LE(first, recording.packets.size());
    if (!scenario.recover) {
        EXPECT_EQ(first, static_cast<std::uint64_t>([&] {
                      std::size_t count = 0;
                      for (std::size_t i = 0; i < recording.packets.size(); ++i)
                          count += network.arrived(i) ? 1 : 0;
                      return count;
                  }()));
    }
    return {ledger.lost, ledger.recovered, channel.counters().held_packets};
}

// The same with another session behind it: at the end the book is that of the second alone.
void check_two_sessions(std::uint64_t seed) {
    SCOPED_TRACE(seed);
    static const Recording second = test::record_market(99, kPackets / 4, "SIMULATED1");
    const Recording& first = market(seed);
    Scenario scenario = scenario_of(seed);
    Receiver receiver{first};
    OrderedChannel channel{options_of(scenario)};
    LinePair lines;
    SimulatedNetwork before{first, scenario};
    run(before, first, channel, receiver, lines);
    EXPECT_GT(receiver.book.orders(), 0U);
    const std::uint64_t lost_before = channel.ledger().lost;

    scenario.begin_ns = 10'000'000'000;
    SimulatedNetwork after{second, scenario};
    run(after, second, channel, receiver, lines);
    channel.finish(1'000'000'000'000, receiver);
    const std::uint64_t lost = channel.ledger().lost - lost_before;
    EXPECT_TRUE(channel.ledger().closes());
    EXPECT_EQ(channel.ledger().expected, first.messages.size() + second.messages.size());
    EXPECT_EQ(channel.session(), second.session);
    EXPECT_EQ(receiver.book.digest(), digest_without(second, receiver.lost));
    EXPECT_EQ(channel.freshness(), lost == 0 ? Freshness::current : Freshness::stale);
}

TEST(RecoveryMatrixOfTwoSessions, EndsWithTheBookOfTheSecond) {
    for (std::uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed)
        check_two_sessions(seed);
}

class RecoveryMatrix : public ::testing::TestWithParam<int> {};

TEST_P(RecoveryMatrix, EndsWithTheUndisturbedBookOrExactlyTheDeclaredLosses) {
    Outcome sum;
    int with_loss = 0;
    constexpr int kEach = kScenarios / kParts;
    for (int i = 0; i < kEach && !HasFailure(); ++i) {
        const Outcome outcome = check(static_cast<std::uint64_t>(GetParam() * kEach + i));
        sum.lost += outcome.lost;
        sum.recovered += outcome.recovered;
        sum.held += outcome.held;
        if (outcome.lost != 0) ++with_loss;
    }
    // The scenarios are of all kinds.
    EXPECT_GT(sum.recovered, 1'000U);
    EXPECT_GT(sum.lost, 500U);
    EXPECT_GT(sum.held, 1'000U);
    EXPECT_GT(with_loss, kEach / 10);
    EXPECT_LT(with_loss, kEach / 2);
}
INSTANTIATE_TEST_SUITE_P(Scenarios, RecoveryMatrix, ::testing::Range(0, kParts));

}  // namespace
}  // namespace rxlab::feed
