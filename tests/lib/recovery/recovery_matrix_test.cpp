// SPDX-License-Identifier: MIT
//
// A thousand seeded scenarios: loss, duplicates, reordering, A/B skew and bursts, with and without
// recovery. The book at the end is the undisturbed one whenever recovery is on and the server goes
// back far enough; otherwise exactly the messages that were declared lost are missing from it.
#include "alone.hpp"
#include "simulated_network.hpp"

#include <rxlab/book/book.hpp>
#include <rxlab/rx/pipeline.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace rxlab::recovery {
namespace {

using rx::Freshness;
using simulation::Alone;
using simulation::Recording;
using simulation::Scenario;
using simulation::SimulatedNetwork;

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
    return recordings.emplace(which, simulation::record_market(which, kPackets)).first->second;
}

// The book of a market without the messages that are `missing`.
std::uint64_t digest_without(const Recording& recording, const std::vector<bool>& missing) {
    book::Book book{kLimits};
    for (std::size_t i = 0; i < recording.messages.size(); ++i) {
        if (!missing[i + 1]) book.apply(recording.messages[i]);
    }
    return book.digest();
}

rx::Options options_of(const Scenario& scenario) {
    rx::Options options;
    options.groups = {{0xef010101, 30001}};
    options.line_b = {{0xef010102, 30002}};
    options.orders = kLimits.orders;
    options.levels = kLimits.levels;
    options.hold_packets = 512;
    if (scenario.recover) options.recover_servers = {{0x7f000001, 1}};
    options.first_sequence = 1;
    return options;
}

// A pipeline that remembers which messages were declared lost.
class Receiver final : public rx::Pipeline {
  public:
    Receiver(const Recording& recording, const Scenario& scenario)
        : Receiver{options_of(scenario), recording,
                   std::make_unique<Alone>(options_of(scenario),
                                           recovery::RequestOptions{.seed = scenario.seed})} {}

    void lose_before(rx::Feed& feed, std::uint64_t sequence) noexcept override {
        for (std::uint64_t i = feed.sequencer.next(); i < sequence; ++i)
            lost[i] = true;
        Pipeline::lose_before(feed, sequence);
    }
    void begin_anew(rx::Feed& feed, wire::mold::Session session, std::uint64_t sequence,
                    std::uint64_t now_ns) noexcept override {
        Pipeline::begin_anew(feed, session, sequence, now_ns);
        std::fill(lost.begin(), lost.end(), false);
    }
    FeedRecovery& recovery() { return *policy_.feed; }
    const rx::Feed& state() const { return feeds()[0]; }

    std::vector<bool> lost;

  private:
    Receiver(const rx::Options& options, const Recording& recording, std::unique_ptr<Alone> policy)
        : Receiver{options, recording, *policy, std::move(policy)} {}
    Receiver(const rx::Options& options, const Recording& recording, Alone& policy,
             std::unique_ptr<Alone> owned)
        : Pipeline{options, latency::Clock{latency::ClockSource::virtual_time}, nullptr,
                   std::move(owned)},
          lost(recording.end() + 1, false),
          policy_{policy} {
        latency::VirtualTime::set(1, 0);
        begin(1.0);
    }

    Alone& policy_;
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

// One session, from its first packet to its last repeated end.
void run(SimulatedNetwork& network, const Recording& recording, Receiver& receiver) {
    FeedRecovery& recovery = receiver.recovery();
    const auto serve = [&](std::uint64_t now_ns) {
        while (const auto request = recovery.next_request(now_ns)) {
            if (receiver.state().sequencer.session() == recording.session)
                network.request(*request, now_ns);
        }
    };
    network.run(
        [&](const SimulatedNetwork::Event& event) {
            if (event.line == 2) {
                recovery.take_answer(*event.packet, event.now_ns, event.now_ns + 1);
            } else {
                receiver.process({*event.packet, {0, event.line}}, event.now_ns + 1);
            }
            serve(event.now_ns);
        },
        [&](std::uint64_t now_ns) {
            recovery.poll(now_ns);
            serve(now_ns);
        },
        [&] { return recovery.due_ns(); });
}

Outcome check(std::uint64_t seed) {
    SCOPED_TRACE(seed);
    const Recording& recording = market(seed);
    const Scenario scenario = scenario_of(seed);
    SimulatedNetwork network{recording, scenario};
    Receiver receiver{recording, scenario};
    run(network, recording, receiver);
    const bool has_ended = receiver.all_ended();
    receiver.recovery().finish(1'000'000'000'000);

    const Ledger ledger = receiver.recovery().ledger();
    EXPECT_TRUE(ledger.closes());
    EXPECT_EQ(ledger.expected, recording.messages.size());
    EXPECT_EQ(receiver.state().sequencer.next(), recording.end());
    EXPECT_TRUE(has_ended);
    EXPECT_EQ(receiver.recovery().held(), 0U);
    EXPECT_EQ(receiver.state().book.counters().messages, ledger.delivered + ledger.recovered);
    EXPECT_EQ(
        static_cast<std::uint64_t>(std::count(receiver.lost.begin(), receiver.lost.end(), true)),
        ledger.lost);
    EXPECT_EQ(receiver.state().book.digest(), digest_without(recording, receiver.lost));
    EXPECT_EQ(receiver.freshness(0), ledger.lost == 0 ? Freshness::current : Freshness::stale);
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
    for (std::size_t line = 0; line < rx::kLines; ++line)
        first += receiver.recovery().lines()->line(line).first;
    EXPECT_LE(first, recording.packets.size());
    if (!scenario.recover) {
        EXPECT_EQ(first, static_cast<std::uint64_t>([&] {
                      std::size_t count = 0;
                      for (std::size_t i = 0; i < recording.packets.size(); ++i)
                          count += network.arrived(i) ? 1 : 0;
                      return count;
                  }()));
    }
    return {ledger.lost, ledger.recovered, receiver.recovery().counters().held_packets};
}

// The same with another session behind it: at the end the book is that of the second alone.
void check_two_sessions(std::uint64_t seed) {
    SCOPED_TRACE(seed);
    static const Recording second = simulation::record_market(99, kPackets / 4, "SIMULATED1");
    const Recording& first = market(seed);
    Scenario scenario = scenario_of(seed);
    Receiver receiver{first, scenario};
    SimulatedNetwork before{first, scenario};
    run(before, first, receiver);
    EXPECT_GT(receiver.state().book.orders(), 0U);
    const std::uint64_t lost_before = receiver.recovery().ledger().lost;

    scenario.begin_ns = 10'000'000'000;
    SimulatedNetwork after{second, scenario};
    run(after, second, receiver);
    receiver.recovery().finish(1'000'000'000'000);
    const Ledger ledger = receiver.recovery().ledger();
    const std::uint64_t lost = ledger.lost - lost_before;
    EXPECT_TRUE(ledger.closes());
    EXPECT_EQ(ledger.expected, first.messages.size() + second.messages.size());
    EXPECT_EQ(receiver.state().sequencer.session(), second.session);
    EXPECT_EQ(receiver.state().book.digest(), digest_without(second, receiver.lost));
    EXPECT_EQ(receiver.freshness(0), lost == 0 ? Freshness::current : Freshness::stale);
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
}  // namespace rxlab::recovery
