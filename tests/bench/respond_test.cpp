// SPDX-License-Identifier: MIT
#include "bench/experiments/respond.hpp"

#include "example.hpp"
#include "synthetic.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace rxlab::bench {
namespace {

using Json = nlohmann::json;
using example::contains;

Json sender_json() {
    return Json::parse(R"({"totals": {"packets": 100},
        "orders": {"expected": 50, "good": 50, "wrong": 0, "duplicate": 0, "unknown": 0,
                   "malformed": 0, "missed": 0, "lost": 0, "dropped": 0}})");
}
Json receiver_json() {
    return Json::parse(R"({"totals": {"missed_messages": 0}, "respond": {"not_current": 0}})");
}

// 100 packets, each sent 1 µs late; every second one is answered 5 µs after it was sent.
synthetic::Traces traces() {
    synthetic::Traces traces = synthetic::empty_traces();
    for (std::uint64_t i = 1; i <= 100; ++i) {
        const auto due = synthetic::ticks(1e5 * static_cast<double>(i));
        const auto sent = synthetic::ticks(1e5 * static_cast<double>(i) + 1e3);
        traces.sender.push_back({i, due, sent, 0, 0, 1});
        if (i % 2 == 0) {
            const auto arrived = synthetic::ticks(1e5 * static_cast<double>(i) + 6e3);
            traces.receiver.push_back({i, sent, arrived, 0, 0, static_cast<std::uint32_t>(i / 2)});
        }
    }
    traces.receiver_header.kind = latency::TraceKind::orders;
    return traces;
}

RespondOutcome outcome_of(const Json& receiver, const Json& sender, const synthetic::Traces& traces,
                          std::int64_t skip = 0) {
    return respond_outcome_of(receiver.dump(), sender.dump(), traces.sender_view(),
                              traces.receiver_view(), skip);
}

TEST(Respond, TimesOrdersFromTheSendCallAndFromTheSchedule) {
    const RespondOutcome outcome = outcome_of(receiver_json(), sender_json(), traces());
    EXPECT_EQ(outcome.from_tx.count(), 50U);
    EXPECT_NEAR(outcome.from_tx.mean(), 5'000, 10);
    EXPECT_NEAR(outcome.from_schedule.mean(), 6'000, 10);
    EXPECT_EQ(reason_against(outcome.ledger), "");
}

TEST(Respond, LeavesTheWarmUpOut) {
    EXPECT_EQ(outcome_of(receiver_json(), sender_json(), traces(), 20).from_tx.count(), 40U);
}

TEST(Respond, DoesNotTimeOrdersThatAreNotAsTheyMustBe) {
    synthetic::Traces wrong = traces();
    wrong.receiver[7].flags = latency::kTraceWrongOrder;
    EXPECT_EQ(outcome_of(receiver_json(), sender_json(), wrong).from_tx.count(), 49U);
}

TEST(Respond, RefusesAnOrderWhosePacketIsInNoTraceAndAnotherKindOfTrace) {
    synthetic::Traces unknown = traces();
    unknown.receiver[7].sequence = 1'000;
    EXPECT_THROW(static_cast<void>(outcome_of(receiver_json(), sender_json(), unknown)),
                 std::runtime_error);
    synthetic::Traces packets = traces();
    packets.receiver_header.kind = latency::TraceKind::receiver;
    EXPECT_THROW(static_cast<void>(outcome_of(receiver_json(), sender_json(), packets)),
                 std::runtime_error);
}

TEST(Respond, CountsNoRoundWhoseDecisionsAreNotTheOracles) {
    for (const char* const name :
         {"wrong", "duplicate", "unknown", "malformed", "missed", "lost", "dropped"}) {
        Json sender = sender_json();
        sender["orders"][name] = 1;
        const auto outcome = outcome_of(receiver_json(), sender, traces());
        EXPECT_TRUE(contains(reason_against(outcome.ledger), "not the oracle's")) << name;
    }
    Json few = sender_json();
    few["orders"]["good"] = 49;
    EXPECT_NE(reason_against(outcome_of(receiver_json(), few, traces()).ledger), "");
}

TEST(Respond, SaysThatALossIsWhyOrdersAreMissing) {
    Json receiver = receiver_json();
    receiver["totals"]["missed_messages"] = 3;
    Json sender = sender_json();
    sender["orders"]["missed"] = 20;
    sender["orders"]["good"] = 30;
    EXPECT_EQ(reason_against(outcome_of(receiver, sender, traces()).ledger),
              "the receiver lost 3 messages, and so 20 of 50 orders did not leave");
}

TEST(Respond, CountsNoRoundInWhichNoOrderWasDue) {
    EXPECT_TRUE(contains(reason_against({}), "no order was due"));
}

RespondResult result() {
    RespondResult result;
    result.testbed.name = "veth";
    result.options.when = {kEveryTick};
    result.options.rounds = 2;
    result.base = "kernel-spin";
    RespondSeries series;
    series.name = "kernel-spin";
    series.title = "Kernel socket, spinning";
    series.rounds = {{1, 9'000, {}, {}}};
    series.failures = {"round 2: the receiver lost 3 messages"};
    series.samples = 9'000;
    series.from_tx[Figure::p50] = 4'560;
    series.ledger = {.ticks = 20'000, .expected = 20'000, .good = 19'997, .missed = 3};
    result.series = {series};
    result.again = series;
    return result;
}

TEST(RespondReport, ShowsFiguresLedgerAndFailures) {
    std::string text = to_markdown(respond_document(result()));
    EXPECT_TRUE(contains(text, "4.56"));
    EXPECT_TRUE(contains(text, "1 of 2"));
    EXPECT_TRUE(contains(text, "round 2: the receiver lost 3 messages"));
    std::erase(text, ' ');
    EXPECT_TRUE(contains(text, "|20000|20000|19997|3|"));
}

TEST(RespondReport, IsInTheFile) {
    const auto path = std::filesystem::path{testing::TempDir()} / "rxlab-respond.json";
    write_respond(path, result());
    const Json json = Json::parse(program::read_file(path));
    std::filesystem::remove(path);
    EXPECT_EQ(json.at("schema"), kRespondSchema);
    EXPECT_EQ(json.at("when").at(0), "every:1");
    const Json& series = json.at("series").at(0);
    EXPECT_EQ(series.at("ledger").at("missed"), 3);
    EXPECT_EQ(series.at("from_tx").at("p50_ns"), 4'560.0);
    EXPECT_TRUE(series.at("from_tx").at("p99_ns").is_null());
    EXPECT_EQ(series.at("rounds").at(0).at("samples"), 9'000);
}

}  // namespace
}  // namespace rxlab::bench
