// SPDX-License-Identifier: MIT
#include <rxlab/bench/judge.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

Run good_run(std::int64_t round) {
    Run run;
    run.round = round;
    run.ledger = {20'000, 20'000, 0, 0, 0, 0};
    run.figures.samples = 18'000;
    run.receiver.digest = "digest of round " + std::to_string(round);
    run.clock.source = "tsc";
    run.trace.complete = true;
    return run;
}

// Two receivers, six rounds, nothing to object to.
ScenarioResult good_scenario() {
    ScenarioResult scenario;
    scenario.name = "single";
    for (const char* name : {"kernel-block", "dpdk-af_packet"}) {
        ReceiverResult receiver;
        receiver.name = name;
        for (std::int64_t round = 1; round <= 6; ++round)
            receiver.runs.push_back(good_run(round));
        receiver.figures[Figure::p99].value = 2'000;
        receiver.stages.sender_lag.p99_ns.value = 100;
        scenario.receivers.push_back(receiver);
    }
    return scenario;
}

Run& some_run(ScenarioResult& scenario) {
    return scenario.receivers[1].runs[3];
}

const Gate* find(const Verdict& verdict, const std::string& name, const std::string& scope) {
    const auto found =
        std::find_if(verdict.gates.begin(), verdict.gates.end(),
                     [&](const Gate& gate) { return gate.name == name && gate.scope == scope; });
    return found == verdict.gates.end() ? nullptr : &*found;
}

// Exactly this gate of this scope does not pass, and the verdict follows from it.
void expect_only(const ScenarioResult& scenario, const std::string& name, GateStatus status,
                 const std::string& scope = "dpdk-af_packet") {
    const Verdict verdict = judge(scenario, Settings{});
    const Gate* gate = find(verdict, name, scope);
    ASSERT_NE(gate, nullptr) << name;
    EXPECT_EQ(to_string(gate->status), to_string(status)) << name;
    EXPECT_FALSE(gate->advice.empty());
    EXPECT_EQ(std::count_if(verdict.gates.begin(), verdict.gates.end(),
                            [](const Gate& g) { return g.status != GateStatus::pass; }),
              1);
    EXPECT_EQ(to_string(verdict.verdict), status == GateStatus::fail ? "VOID" : "SUSPECT");
}

TEST(Judge, FindsNothingInAGoodScenario) {
    const Verdict verdict = judge(good_scenario(), Settings{});
    EXPECT_EQ(to_string(verdict.verdict), "VALID");
    for (const Gate& gate : verdict.gates) {
        EXPECT_EQ(to_string(gate.status), "pass") << gate.name;
        EXPECT_TRUE(gate.advice.empty()) << gate.name;
    }
}

TEST(Judge, FailsAnOpenLedger) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).ledger.received -= 1;
    expect_only(scenario, "ledger-closed", GateStatus::fail);
}

TEST(Judge, FailsPacketsThatNobodySent) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).ledger.unexpected = 1;
    expect_only(scenario, "ledger-closed", GateStatus::fail);
}

TEST(Judge, WarnsOfOneLostPacket) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).ledger = {20'000, 19'999, 1, 0, 0, 0};
    expect_only(scenario, "no-loss", GateStatus::warn);
}

TEST(Judge, FailsLossAboveATenThousandth) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).ledger = {20'000, 19'997, 3, 0, 0, 0};
    expect_only(scenario, "no-loss", GateStatus::fail);
}

TEST(Judge, FailsARunThatSentNothing) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).ledger = {};
    expect_only(scenario, "no-loss", GateStatus::fail);
}

TEST(Judge, FailsNegativeLatencies) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).figures.negative = 1;
    expect_only(scenario, "no-negative-latency", GateStatus::fail);
}

TEST(Judge, FailsANegativeStage) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).stages.path.negative = 1;
    expect_only(scenario, "no-negative-latency", GateStatus::fail);
}

TEST(Judge, WarnsOfAClockThatIsNotTheTsc) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).clock.source = "monotonic-raw";
    expect_only(scenario, "clock-source", GateStatus::warn);
}

TEST(Judge, WarnsOfDriftInEitherDirection) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).clock.sender_drift_ppm = -51;
    expect_only(scenario, "clock-drift", GateStatus::warn);
}

TEST(Judge, FailsALargeDrift) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).clock.receiver_drift_ppm = 1'001;
    expect_only(scenario, "clock-drift", GateStatus::fail);
}

TEST(Judge, FailsATraceThatOverflowed) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).trace.receiver_overflow = 1;
    expect_only(scenario, "trace-complete", GateStatus::fail);
}

TEST(Judge, FailsATraceWhoseWriterDidNotFinish) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).trace.complete = false;
    expect_only(scenario, "trace-complete", GateStatus::fail);
}

TEST(Judge, WarnsWhereTheSenderIsWhatIsMeasured) {
    ScenarioResult scenario = good_scenario();
    scenario.receivers[1].stages.sender_lag.p99_ns.value = 1'001;
    expect_only(scenario, "sender-pacing", GateStatus::warn);
}

TEST(Judge, WarnsOfTooFewSamplesForP999) {
    ScenarioResult scenario = good_scenario();
    for (auto& run : scenario.receivers[1].runs)
        run.figures.samples = 16'666;
    expect_only(scenario, "samples", GateStatus::warn);
}

TEST(Judge, FailsDifferentBooksOfOneFeed) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    expect_only(scenario, "same-book", GateStatus::fail, "scenario");
}

TEST(Judge, ExplainsADifferentBookByLoss) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    some_run(scenario).ledger = {20'000, 19'999, 1, 0, 0, 0};
    expect_only(scenario, "no-loss", GateStatus::warn);
}

TEST(Judge, WarnsOfFewerThanSixRounds) {
    Settings settings;
    settings.rounds = 5;
    const Verdict verdict = judge(good_scenario(), settings);
    EXPECT_EQ(to_string(find(verdict, "rounds", "scenario")->status), "warn");
    EXPECT_EQ(to_string(verdict.verdict), "SUSPECT");
}

TEST(OverallVerdict, IsTheWorstScenariosWithItsReasons) {
    std::vector scenarios{good_scenario(), good_scenario()};
    scenarios[1].name = "multi";
    some_run(scenarios[1]).figures.negative = 3;
    for (ScenarioResult& scenario : scenarios)
        scenario.verdict = judge(scenario, Settings{});
    const OverallVerdict overall = judge_all(scenarios);
    EXPECT_EQ(to_string(overall.verdict), "VOID");
    ASSERT_EQ(overall.reasons.size(), 1U);
    EXPECT_NE(overall.reasons[0].find("multi, dpdk-af_packet: no-negative-latency: 3 packets"),
              std::string::npos)
        << overall.reasons[0];
}

TEST(GateText, ShowsDurationsInMicroseconds) {
    ScenarioResult scenario = good_scenario();
    const Gate gate{"sender-pacing",
                    "dpdk-af_packet",
                    GateStatus::warn,
                    12'615.7,
                    6'836.22,
                    "ns",
                    "the sender itself was late"};
    EXPECT_EQ(describe(scenario, gate),
              "single, dpdk-af_packet: sender-pacing: 12.6 µs (limit 6.84): the sender itself was "
              "late");
}

TEST(Void, IsTheReceiverWhoseGateFailedAndNotItsNeighbour) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).figures.negative = 1;
    scenario.verdict = judge(scenario, Settings{});
    EXPECT_TRUE(is_void(scenario, "dpdk-af_packet"));
    EXPECT_FALSE(is_void(scenario, "kernel-block"));
}

TEST(Void, IsEveryReceiverWhereTheScenarioFailed) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    scenario.verdict = judge(scenario, Settings{});
    EXPECT_TRUE(is_void(scenario, "kernel-block"));
}

}  // namespace
}  // namespace rxlab::bench
