// SPDX-License-Identifier: MIT
#include "../rx/packets.hpp"
#include "lib/recovery/src/recovery_policy.hpp"
#include "servers.hpp"

#include <rxlab/rx/summary.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <thread>

namespace rxlab::recovery {
namespace {

using test::add_order;
using test::data_packet;
using test::delete_order;

// Message n of the feed adds order n.
test::Bytes order_packet(std::uint64_t first, std::uint64_t count,
                         const wire::mold::Session& session = "TEST") {
    test::Bytes memory(wire::mold::kPayloadBytesMax);
    wire::mold::PacketBuilder builder{memory, session};
    builder.start(first);
    for (std::uint64_t n = first; n < first + count; ++n) {
        const auto message = add_order(n, 'B', 100, static_cast<std::uint32_t>(n));
        if (!builder.append(wire::bytes_of(message))) break;
    }
    return test::copy(builder.finish());
}

test::Bytes end_of(const wire::mold::Session& session, std::uint64_t next) {
    const wire::mold::Header header{session, next, wire::mold::kEndOfSession};
    return test::copy(wire::bytes_of(header));
}

// What was asked for, as a server that has everything sends it.
test::Bytes answer(const wire::mold::Request& request) {
    return order_packet(request.sequence, request.message_count);
}

std::uint64_t digest_of_orders(std::uint64_t first, std::uint64_t last) {
    book::Book book{{.orders = 1'000, .levels = 1'000}};
    for (std::uint64_t n = first; n <= last; ++n)
        book.apply(wire::bytes_of(add_order(n, 'B', 100, static_cast<std::uint32_t>(n))));
    return book.digest();
}

using rx::Freshness;

class RecoveryTest : public ::testing::Test {
  protected:
    RecoveryTest() {
        options_.groups = {{0xef010101, 30001}};
        options_.orders = 1'000;
        options_.levels = 1'000;
        options_.hold_packets = 64;
    }

    void start(latency::TraceWriter* trace = nullptr, const AgentTimes& times = {}) {
        auto policy = std::make_unique<Recovery>(options_, times);
        recovery_ = policy.get();
        pipeline_.emplace(options_, latency::Clock{latency::ClockSource::monotonic_raw}, trace,
                          std::move(policy));
        pipeline_->begin(1.0);
    }
    void give(const test::Bytes& packet, rx::LineId id = {}) {
        pipeline_->process({packet, id}, pipeline_->clock().now());
    }
    // Turns the loop until `done`, for at most ten seconds.
    bool turn_until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!done() && std::chrono::steady_clock::now() < end)
            pipeline_->turn();
        return done();
    }
    bool turn_until_current() {
        return turn_until([this] { return freshness() == Freshness::current; });
    }
    Freshness freshness() const { return pipeline_->freshness(0); }
    const rx::Feed& state() const { return pipeline_->feeds()[0]; }
    nlohmann::ordered_json summary() {
        pipeline_->finish();
        const rx::RunFacts facts{{"test_rx", "poll", "if0"},
                                 rx::EndedBy::messages,
                                 latency::Calibration::start(pipeline_->clock()),
                                 {},
                                 {}};
        return make_summary(options_, facts, {{&*pipeline_}, nullptr, {}});
    }

    rx::Options options_;
    std::optional<rx::Pipeline> pipeline_;
    Recovery* recovery_ = nullptr;
};

TEST_F(RecoveryTest, TakesTheFirstCopyOfTwoLines) {
    options_.groups.push_back({0xef010102, 30002});
    options_.line_b = {{0xef020101, 30001}, {0xef020102, 30002}};
    start();
    give(order_packet(1, 2));
    give(order_packet(1, 2), {0, 1});  // line B of feed 0
    give(order_packet(3, 1), {0, 1});
    give(order_packet(3, 1));
    give(order_packet(4, 1), {0, 1});   // lost on line A
    give(order_packet(50, 1), {1, 0});  // the other feed
    EXPECT_EQ(state().book.orders(), 4U);
    const auto json = summary();
    const auto& feed = json["feeds"][0];
    EXPECT_EQ(feed["ledger"]["expected"], 4);
    EXPECT_EQ(feed["ledger"]["delivered"], 4);
    EXPECT_EQ(feed["ledger"]["duplicates"], 3);
    EXPECT_EQ(feed["lines"][0]["first"], 1);
    EXPECT_EQ(feed["lines"][1]["first"], 2);
    EXPECT_EQ(feed["lines"][0]["second"], 1);
    EXPECT_EQ(feed["lines"][1]["group"], "239.2.1.1:30001");
    EXPECT_EQ(feed["lines"][0]["lead_ns"]["count"], 1);
    EXPECT_EQ(json["feeds"][1]["ledger"]["expected"], 1);
    EXPECT_EQ(json["feeds"][1]["lines"][0]["first"], 1);
    EXPECT_EQ(json["totals"]["ledger"]["expected"], 5);
    EXPECT_EQ(json["totals"]["ledger"]["closes"], true);
}

TEST_F(RecoveryTest, AppliesHeldPacketsInOrder) {
    start();
    give(data_packet(1, add_order(1, 'B', 100, 10)));
    give(data_packet(3, delete_order(2)));
    give(data_packet(2, add_order(2, 'B', 100, 20)));
    EXPECT_EQ(state().book.orders(), 1U);
    EXPECT_EQ(state().book.counters().unknown_reference, 0U);
    EXPECT_EQ(state().sequencer.counters().gaps, 0U);
}

TEST_F(RecoveryTest, DeclaresALossAndSaysThatTheBookMayBeStale) {
    options_.gap_wait_us = 1.0;
    start();
    give(order_packet(1, 1));
    give(order_packet(4, 1));
    ASSERT_TRUE(turn_until([this] { return freshness() == Freshness::stale; }));
    give(order_packet(2, 1));  // too late: counted, not applied
    EXPECT_EQ(state().book.orders(), 2U);
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["missed_messages"], 1);  // message 3 was never received
    EXPECT_EQ(json["feeds"][0]["late_packets"], 1);
    EXPECT_EQ(json["feeds"][0]["ledger"]["lost"], 2);
    EXPECT_EQ(json["feeds"][0]["ledger"]["late"], 1);
    EXPECT_EQ(json["feeds"][0]["freshness"], "stale");
    EXPECT_EQ(json["top_of_book"][0]["stale"], true);
    EXPECT_NE(rx::to_text(json).find("2 lost"), std::string::npos) << rx::to_text(json);
}

// A session's orders end with it: what follows is as a receiver has it that was started then.
TEST_F(RecoveryTest, BeginsAnotherSessionWithAnEmptyBook) {
    options_.gap_wait_us = 1.0;
    options_.first_sequence = 1;
    start();
    give(order_packet(1, 5));
    give(order_packet(9, 1));
    ASSERT_TRUE(turn_until([this] { return freshness() == Freshness::stale; }));
    give(end_of("TEST", 10));
    give(order_packet(1, 2, "NEXT"));
    give(order_packet(3, 1, "NEXT"));
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 3));
    EXPECT_EQ(freshness(), Freshness::current);
    const auto json = summary();
    const auto& book = json["feeds"][0]["book"];
    EXPECT_EQ(book["emptied"], 1);
    EXPECT_EQ(book["emptied_orders"], 6);
    EXPECT_EQ(book["messages"], 9);
    EXPECT_EQ(book["deletes"], 0);
    EXPECT_EQ(json["feeds"][0]["session_changes"], 1);
    EXPECT_EQ(json["feeds"][0]["ledger"]["lost"], 3);
    EXPECT_NE(rx::to_text(json).find("emptied 1, emptied_orders 6"), std::string::npos);
}

TEST_F(RecoveryTest, TakesWhatAPacketPromisedFromTheNextCopy) {
    start();
    give(order_packet(1, 1));
    test::Bytes cut = order_packet(2, 2);
    cut.resize(cut.size() - 1);
    give(cut);
    EXPECT_EQ(state().book.orders(), 2U);
    EXPECT_EQ(freshness(), Freshness::behind);
    give(order_packet(2, 2));
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 3));
    EXPECT_EQ(freshness(), Freshness::current);
    EXPECT_EQ(state().cut_short_packets, 1U);
}

TEST_F(RecoveryTest, FillsAGapFromAServer) {
    test::ReRequestServer server{answer};
    options_.recover_servers = {server.endpoint()};
    options_.gap_wait_us = 100;
    options_.exit_at_end_of_session = true;
    start();
    give(order_packet(1, 1));
    give(order_packet(101, 1));
    give(test::end_of_session(102));
    EXPECT_FALSE(pipeline_->finished());
    ASSERT_TRUE(turn_until_current());
    EXPECT_TRUE(pipeline_->finished());
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 101));
    const auto json = summary();
    const auto& feed = json["feeds"][0];
    EXPECT_EQ(feed["ledger"]["recovered"], 99);
    EXPECT_EQ(feed["ledger"]["lost"], 0);
    EXPECT_EQ(feed["order"]["requests"], 4);  // 27 messages each
    EXPECT_EQ(server.requests(), 4U);
    EXPECT_EQ(feed["order"]["gap_ns"]["count"], 1);
    EXPECT_EQ(json["recovery_agent"]["answers_dropped"], 0);
}

TEST_F(RecoveryTest, FillsAGapOfAnotherSession) {
    test::ReRequestServer server{[](const wire::mold::Request& request) {
        return order_packet(request.sequence, request.message_count, request.session);
    }};
    options_.recover_servers = {server.endpoint()};
    options_.gap_wait_us = 100;
    options_.first_sequence = 1;
    start();
    give(order_packet(1, 100));
    ASSERT_TRUE(turn_until_current());
    give(end_of("TEST", state().sequencer.next()));
    give(order_packet(51, 1, "NEXT"));
    give(order_packet(52, 1, "NEXT"));
    ASSERT_TRUE(turn_until_current());
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 52));
    EXPECT_EQ(summary()["feeds"][0]["ledger"]["lost"], 0);
}

// A gap that goes back further than the server does.
TEST_F(RecoveryTest, FillsWhatTheServerStillHasOfALongGap) {
    test::ReRequestServer server{[](const wire::mold::Request& request) -> test::Bytes {
        const std::uint64_t begin = std::max<std::uint64_t>(request.sequence, 606);
        const std::uint64_t end = request.sequence + request.message_count;
        if (begin >= end) return {};
        return order_packet(begin, end - begin);
    }};
    options_.recover_servers = {server.endpoint()};
    options_.gap_wait_us = 100;
    start();
    give(order_packet(1, 1));
    give(order_packet(900, 1));
    ASSERT_TRUE(turn_until([this] { return state().sequencer.next() == 901; }));
    EXPECT_EQ(freshness(), Freshness::stale);
    EXPECT_EQ(state().book.orders(), 296U);
    const auto json = summary();
    const auto& feed = json["feeds"][0];
    EXPECT_EQ(feed["ledger"]["recovered"], 900 - 606);
    EXPECT_EQ(feed["ledger"]["lost"], 606 - 2);
    EXPECT_EQ(feed["ledger"]["closes"], true);
    EXPECT_GT(feed["order"]["gaps_too_old"], 0);
}

TEST_F(RecoveryTest, TakesOfAnAnswerThatIsCutShortWhatIsThereAndAsksForTheRest) {
    test::ReRequestServer server{[](const wire::mold::Request& request) {
        test::Bytes cut = answer(request);
        cut.pop_back();
        return cut;
    }};
    options_.recover_servers = {server.endpoint()};
    options_.gap_wait_us = 100;
    start();
    give(order_packet(1, 1));
    give(order_packet(4, 1));
    ASSERT_TRUE(turn_until([this] { return freshness() == Freshness::stale; }));
    EXPECT_EQ(state().book.orders(), 3U);
    EXPECT_GE(state().cut_short_packets, 5U);
    EXPECT_EQ(summary()["feeds"][0]["ledger"]["lost"], 1);
}

TEST_F(RecoveryTest, MarksInTheTraceWhatWasRecoveredAndWhatWaited) {
    test::ReRequestServer server{answer};
    options_.recover_servers = {server.endpoint()};
    options_.gap_wait_us = 100;
    options_.stamped = true;
    const auto path = std::filesystem::temp_directory_path() /
                      ("ordered_pipeline_test." + std::to_string(getpid()));
    latency::TraceWriter trace{path, latency::TraceKind::receiver, 100,
                               latency::Clock{latency::ClockSource::monotonic_raw}};
    start(&trace);
    give(order_packet(1, 1));
    give(order_packet(102, 1));
    give(order_packet(101, 1));
    ASSERT_TRUE(turn_until_current());
    give(order_packet(103, 1));
    give(order_packet(103, 1));
    const latency::TraceReader reader{path};
    std::map<std::uint64_t, std::uint16_t> flags;  // by sequence number
    for (const latency::TraceRecord& record : reader.records()) {
        flags[record.sequence] |= record.flags;
        EXPECT_LT(record.first, record.second);
    }
    std::filesystem::remove(path);
    EXPECT_EQ(flags.at(1), 0);
    EXPECT_EQ(flags.at(101), latency::kTraceHeld);
    EXPECT_EQ(flags.at(102), latency::kTraceHeld);
    EXPECT_EQ(flags.at(103), latency::kTraceDuplicate);
    std::size_t recovered = 0;
    for (const auto& [sequence, of_record] : flags)
        recovered += (of_record & latency::kTraceRecovered) != 0 ? 1 : 0;
    EXPECT_EQ(recovered, 4U);
    const rx::StampedLatency& stamped = *pipeline_->stamped();
    EXPECT_EQ(stamped.histogram.count() + stamped.negative, 5U);  // all but the recovered ones
}

TEST_F(RecoveryTest, GivesUpWhereNobodyAnswers) {
    const test::BoundSocket nobody{SOCK_DGRAM};
    options_.recover_servers = {nobody.endpoint()};
    options_.gap_wait_us = 100;
    start();
    give(order_packet(1, 1));
    give(order_packet(3, 1));
    ASSERT_TRUE(turn_until([this] { return freshness() == Freshness::stale; }));
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["ledger"]["lost"], 1);
    EXPECT_EQ(json["feeds"][0]["order"]["timeouts"], 5);
}

std::vector<test::Bytes> order_messages(std::uint64_t first, std::uint64_t last) {
    std::vector<test::Bytes> messages;
    for (std::uint64_t n = first; n <= last; ++n) {
        const auto message = add_order(n, 'B', 100, static_cast<std::uint32_t>(n));
        messages.push_back(test::copy(wire::bytes_of(message)));
    }
    return messages;
}

TEST_F(RecoveryTest, StartsLateWithASnapshot) {
    test::SnapshotServer server{[] { return order_messages(1, 500); }, [] { return 501; }, 1};
    options_.snapshot_servers = {server.endpoint()};
    start();
    give(order_packet(499, 1));
    give(order_packet(500, 2));
    give(order_packet(502, 1));
    EXPECT_EQ(state().book.orders(), 0U);
    ASSERT_TRUE(turn_until_current());
    give(order_packet(503, 1));
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 503));
    EXPECT_EQ(state().book.counters().duplicate_reference, 0U);
    EXPECT_EQ(server.logins(), 2U);  // the first was refused
    const auto json = summary();
    const auto& feed = json["feeds"][0];
    EXPECT_EQ(feed["snapshot"]["taken"], 1);
    EXPECT_EQ(feed["snapshot"]["orders"], 500);
    EXPECT_EQ(feed["snapshot"]["messages"], 500);
    EXPECT_EQ(feed["snapshot"]["sequence"], 501);
    EXPECT_EQ(feed["snapshot"]["held_packets"], 3);
    EXPECT_EQ(feed["ledger"]["by_snapshot"], 2);
    EXPECT_EQ(feed["ledger"]["delivered"], 3);
    EXPECT_EQ(feed["ledger"]["closes"], true);
    EXPECT_GT(feed["consistent_after_ns"].get<std::uint64_t>(), 0U);
    EXPECT_EQ(json["recovery_agent"]["snapshot_failures"], 1);
}

TEST_F(RecoveryTest, RepairsALossWithASnapshot) {
    std::atomic<std::uint64_t> sent{10};
    test::SnapshotServer server{[&] { return order_messages(1, sent); },
                                [&] { return sent.load() + 1; }};
    options_.snapshot_servers = {server.endpoint()};
    options_.gap_wait_us = 1.0;
    start();
    give(order_packet(10, 1));
    ASSERT_TRUE(turn_until_current());
    sent = 20;
    give(order_packet(15, 1));
    ASSERT_TRUE(turn_until([this] { return freshness() == Freshness::stale; }));
    give(order_packet(21, 1));
    ASSERT_TRUE(turn_until_current());
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 21));
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["snapshot"]["taken"], 2);
    EXPECT_EQ(json["feeds"][0]["ledger"]["lost"], 4);
    EXPECT_EQ(json["feeds"][0]["ledger"]["closes"], true);
    EXPECT_EQ(json["feeds"][0]["freshness"], "current");
}

TEST_F(RecoveryTest, TakesASnapshotOfAnotherSession) {
    std::atomic<bool> next{false};
    test::SnapshotServer server{
        [&] { return next ? order_messages(101, 150) : order_messages(1, 9); },
        [&] { return next ? std::uint64_t{151} : 10; }, 0,
        [&] { return next ? "      NEXT" : "      TEST"; }};
    options_.snapshot_servers = {server.endpoint()};
    start(nullptr, {.snapshot_pause_ns = 1'000'000});
    give(order_packet(10, 1));
    ASSERT_TRUE(turn_until_current());
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 10));
    next = true;
    give(end_of("TEST", 11));
    give(order_packet(150, 1, "NEXT"));
    give(order_packet(151, 1, "NEXT"));
    EXPECT_EQ(state().book.orders(), 0U);
    ASSERT_TRUE(turn_until_current());
    EXPECT_EQ(state().book.digest(), digest_of_orders(101, 151));
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["snapshot"]["taken"], 2);
    EXPECT_EQ(json["feeds"][0]["book"]["messages"], 51);
    EXPECT_EQ(json["feeds"][0]["book"]["emptied_orders"], 10);
}

// Without an end of the old session: the server says which one runs.
TEST_F(RecoveryTest, AsksTheServerWhichSessionRuns) {
    std::atomic<bool> next{false};
    test::SnapshotServer server{
        [&] { return next ? order_messages(101, 150) : order_messages(1, 9); },
        [&] { return next ? std::uint64_t{151} : 10; }, 0,
        [&] { return next ? "      NEXT" : "      TEST"; }};
    options_.snapshot_servers = {server.endpoint()};
    start(nullptr, {.snapshot_pause_ns = 1'000'000});
    give(order_packet(10, 1));
    ASSERT_TRUE(turn_until_current());
    give(order_packet(140, 1, "NEXT"));
    EXPECT_EQ(freshness(), Freshness::unconfirmed);
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 10));
    ASSERT_TRUE(turn_until_current()) << "the server still speaks for the old one";
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 10));
    next = true;
    give(order_packet(150, 1, "NEXT"));
    give(order_packet(151, 1, "NEXT"));
    EXPECT_EQ(freshness(), Freshness::unconfirmed);
    ASSERT_TRUE(turn_until_current());
    EXPECT_EQ(state().sequencer.session(), "NEXT");
    EXPECT_EQ(state().book.digest(), digest_of_orders(101, 151));
}

// The same session, from 1 on: a restart, says the server, and no replay.
TEST_F(RecoveryTest, AsksTheServerWhetherTheSequenceBeganAgain) {
    std::atomic<bool> restarted{false};
    test::SnapshotServer server{
        [&] { return restarted ? order_messages(1, 3) : order_messages(1, 99); },
        [&] { return restarted ? std::uint64_t{4} : 100; }};
    options_.snapshot_servers = {server.endpoint()};
    start(nullptr, {.snapshot_pause_ns = 1'000'000});
    give(order_packet(100, 1));
    ASSERT_TRUE(turn_until_current());
    restarted = true;
    for (std::uint64_t n = 1; n <= 5; ++n)
        give(order_packet(n, 1));
    EXPECT_EQ(freshness(), Freshness::unconfirmed);
    ASSERT_TRUE(turn_until_current());
    EXPECT_EQ(state().book.digest(), digest_of_orders(1, 5));
    EXPECT_EQ(state().restarts, 1U);
}

TEST_F(RecoveryTest, TakesNoSnapshotThatWasWantedBeforeAnotherSessionBegan) {
    test::SnapshotServer server{[] { return order_messages(1, 10); }, [] { return 11; }};
    options_.snapshot_servers = {server.endpoint()};
    start(nullptr, {.snapshot_pause_ns = 1'000'000});
    give(order_packet(10, 1));
    pipeline_->turn();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (server.logins() == 0 && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    std::this_thread::sleep_for(std::chrono::milliseconds{50});  // its answer is in the ring
    give(end_of("TEST", 11));
    give(order_packet(21, 1, "NEXT"));
    give(order_packet(22, 1, "NEXT"));
    // This server knows no session NEXT.
    ASSERT_TRUE(turn_until([this] { return recovery_->feed(0).snapshot.given_up == 1; }));
    EXPECT_EQ(state().book.digest(), digest_of_orders(21, 22));
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["snapshot"]["taken"], 0);
    EXPECT_EQ(json["feeds"][0]["snapshot"]["refused"], 0);
    EXPECT_EQ(json["feeds"][0]["freshness"], "stale");
}

TEST_F(RecoveryTest, GoesOnStaleWhereEverySnapshotIsTooOld) {
    test::SnapshotServer server{[] { return order_messages(1, 10); }, [] { return 11; }};
    options_.snapshot_servers = {server.endpoint()};
    options_.gap_wait_us = 1.0;
    start(nullptr, {.snapshot_pause_ns = 1'000'000});
    give(order_packet(10, 1));
    ASSERT_TRUE(turn_until_current());
    give(order_packet(15, 1));
    ASSERT_TRUE(turn_until([this] { return recovery_->feed(0).snapshot.given_up == 1; }));
    EXPECT_EQ(freshness(), Freshness::stale);
    give(order_packet(16, 1));
    EXPECT_EQ(state().book.orders(), 12U);
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["snapshot"]["taken"], 1);
    EXPECT_EQ(json["feeds"][0]["snapshot"]["refused"], Recovery::kRefusalsMax);
    EXPECT_EQ(json["feeds"][0]["ledger"]["closes"], true);
}

TEST_F(RecoveryTest, GoesOnWithoutASnapshotWhereThereIsNoServer) {
    wire::Ipv4Endpoint nobody;
    {
        const test::BoundSocket closed_soon{SOCK_STREAM};
        nobody = closed_soon.endpoint();
    }
    options_.snapshot_servers = {nobody};
    start();
    give(order_packet(7, 2));
    ASSERT_TRUE(turn_until([this] { return freshness() == Freshness::stale; }));
    EXPECT_EQ(state().book.orders(), 2U);
    const auto json = summary();
    EXPECT_EQ(json["feeds"][0]["snapshot"]["given_up"], 1);
    EXPECT_NE(json["feeds"][0]["snapshot"]["failure"].get<std::string>().find("refused"),
              std::string::npos);
    EXPECT_EQ(json["recovery_agent"]["snapshot_attempts"], Agent::kSnapshotAttempts);
}

}  // namespace
}  // namespace rxlab::recovery
