// SPDX-License-Identifier: MIT
#include "bench/analysis/judge.hpp"

#include "bench/analysis/stolen_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

constexpr Instrument kGoodInstrument{15, 60, 4, 90};

Run good_run(std::int64_t round) {
    Run run;
    run.round = round;
    run.ledger = {20'000, 20'000, 0, 0, 0, 0};
    run.figures.samples = 18'000;
    run.receiver.digest = "digest of round " + std::to_string(round);
    run.receiver.books = {"a", "b", "c"};
    run.sender.digest = run.receiver.digest;
    run.sender.books = run.receiver.books;
    run.clock.source = "tsc";
    run.trace.complete = true;
    run.cores.seconds = 2;
    run.cores.sender = run.cores.receiver = {0.01, 500, 20, 0.5};
    return run;
}

// Two receivers, eight rounds, nothing to object to.
ScenarioResult good_scenario() {
    ScenarioResult scenario;
    scenario.name = "single";
    scenario.rounds = scenario.planned_rounds = 8;
    for (const char* name : {"kernel-block", "dpdk-af_packet"}) {
        ReceiverResult receiver;
        receiver.name = name;
        for (std::int64_t round = 1; round <= 8; ++round)
            receiver.runs.push_back(good_run(round));
        receiver.figures[Figure::p50].value = 1'000;
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
    const Verdict verdict = judge(scenario, kGoodInstrument);
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
    const Verdict verdict = judge(good_scenario(), kGoodInstrument);
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
        run.figures.samples = 12'499;
    expect_only(scenario, "samples", GateStatus::warn);
}

// Both receivers were told the same by their senders, or there would be no saying who is wrong.
TEST(Judge, FailsDifferentBooksOfOneFeed) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    some_run(scenario).sender.digest = "another";
    expect_only(scenario, "same-book", GateStatus::fail, "scenario");
}

std::string advice_of_book(const ScenarioResult& scenario,
                           const std::string& receiver = "dpdk-af_packet") {
    const Verdict verdict = judge(scenario, kGoodInstrument);
    const Gate* gate = find(verdict, "true-book", receiver);
    return gate == nullptr ? "no gate" : gate->advice;
}

TEST(Judge, FailsABookThatIsNotTheSenders) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    const Verdict verdict = judge(scenario, kGoodInstrument);
    EXPECT_EQ(to_string(verdict.verdict), "VOID");
    EXPECT_EQ(to_string(find(verdict, "true-book", "dpdk-af_packet")->status), "fail");
    EXPECT_EQ(find(verdict, "true-book", "dpdk-af_packet")->measured, 1);
    EXPECT_EQ(to_string(find(verdict, "true-book", "kernel-block")->status), "pass");
    EXPECT_EQ(find(verdict, "true-book", "kernel-block")->measured, 0);
    EXPECT_TRUE(advice_of_book(scenario).starts_with("nothing was lost, but the book is not"));
}

TEST(Judge, FailsReceiversThatAgreeWithEachOtherOnly) {
    ScenarioResult scenario = good_scenario();
    for (ReceiverResult& receiver : scenario.receivers) {
        for (auto& run : receiver.runs)
            run.receiver.digest = "0000000000000000";
    }
    const Verdict verdict = judge(scenario, kGoodInstrument);
    EXPECT_EQ(to_string(verdict.verdict), "VOID");
    EXPECT_EQ(to_string(find(verdict, "same-book", "scenario")->status), "pass");
    for (const char* receiver : {"kernel-block", "dpdk-af_packet"}) {
        EXPECT_EQ(to_string(find(verdict, "true-book", receiver)->status), "fail");
        EXPECT_EQ(find(verdict, "true-book", receiver)->measured, 8);
        EXPECT_TRUE(advice_of_book(scenario, receiver)
                        .starts_with("the receivers agree with each other, but not with what"))
            << advice_of_book(scenario, receiver);
    }
}

TEST(Judge, DoesNotTakeAReceiverAloneForSeveralThatAgree) {
    ScenarioResult scenario = good_scenario();
    scenario.receivers.erase(scenario.receivers.begin());
    scenario.receivers[0].runs[3].receiver.digest = "another";
    EXPECT_TRUE(advice_of_book(scenario).starts_with("nothing was lost, but the book is not"));
}

TEST(Judge, NamesTheFeedsWhoseBooksAreWrong) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    EXPECT_EQ(advice_of_book(scenario).find("(feed"), std::string::npos);
    some_run(scenario).receiver.books[1] = "another";
    EXPECT_NE(advice_of_book(scenario).find("sent (feed 1): "), std::string::npos);
    some_run(scenario).receiver.books[2] = "another";
    EXPECT_NE(advice_of_book(scenario).find("sent (feeds 1, 2): "), std::string::npos);
}

TEST(Judge, ExplainsAWrongBookByPacketsInTheWrongOrder) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    some_run(scenario).ledger.late = 1;
    EXPECT_TRUE(advice_of_book(scenario).starts_with("packets came in the wrong order"));
}

TEST(Judge, AsksNoWholeBookOfARunThatLostPackets) {
    ScenarioResult scenario = good_scenario();
    for (auto& run : scenario.receivers[1].runs) {
        run.receiver.digest = "another";
        run.ledger = {20'000, 19'999, 1, 0, 0, 0};
    }
    const Verdict verdict = judge(scenario, kGoodInstrument);
    EXPECT_EQ(to_string(find(verdict, "true-book", "dpdk-af_packet")->status), "pass");
    EXPECT_FALSE(find(verdict, "true-book", "dpdk-af_packet")->measured);
}

TEST(Judge, WarnsOfASenderThatDoesNotSayWhatItSent) {
    ScenarioResult scenario = good_scenario();
    for (auto& run : scenario.receivers[1].runs)
        run.sender.digest.reset();
    expect_only(scenario, "true-book", GateStatus::warn);
    some_run(scenario).sender.digest = "another";
    const Verdict verdict = judge(scenario, kGoodInstrument);
    EXPECT_EQ(to_string(find(verdict, "true-book", "dpdk-af_packet")->status), "fail");
}

TEST(Judge, LooksAtTheControlsBooks) {
    ScenarioResult scenario = good_scenario();
    scenario.control.emplace().receiver = "dpdk-af_packet";
    scenario.control->runs.push_back(good_run(1));
    EXPECT_EQ(advice_of_book(scenario), "");
    scenario.control->runs[0].receiver.digest = "another";
    EXPECT_TRUE(advice_of_book(scenario).starts_with("nothing was lost, but the book is not"));
    EXPECT_EQ(advice_of_book(scenario, "kernel-block"), "");
}

TEST(Judge, ExplainsADifferentBookByLoss) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    some_run(scenario).ledger = {20'000, 19'999, 1, 0, 0, 0};
    expect_only(scenario, "no-loss", GateStatus::warn);
}

TEST(Judge, WarnsOfFewerThanEightRounds) {
    ScenarioResult scenario = good_scenario();
    scenario.rounds = scenario.planned_rounds = 7;
    const Verdict verdict = judge(scenario, kGoodInstrument);
    EXPECT_EQ(to_string(find(verdict, "rounds", "scenario")->status), "warn");
    EXPECT_EQ(to_string(verdict.verdict), "SUSPECT");
}

// The median run counts, as it does for the figures: here four of six.
template <typename Change>
ScenarioResult with_most_runs(Change change) {
    ScenarioResult scenario = good_scenario();
    for (std::size_t i = 0; i < 5; ++i)
        change(scenario.receivers[1].runs[i]);
    return scenario;
}

TEST(Judge, WarnsOfACoreThatTheHypervisorTook) {
    expect_only(with_most_runs([](auto& run) { run.cores.receiver.steal_s = 0.03; }), "stolen-time",
                GateStatus::warn);
    expect_only(with_most_runs([](auto& run) { run.cores.sender.steal_s = 0.03; }), "stolen-time",
                GateStatus::warn);
}

TEST(Judge, WarnsOfTimeThatTheLoopsMissed) {
    const StallSummary gaps{12, 3, 3e7, 5e6, {}, {}};
    expect_only(with_most_runs([&](auto& run) { run.stalls.receiver = gaps; }), "stolen-time",
                GateStatus::warn);
    expect_only(with_most_runs([&](auto& run) { run.stalls.sender = gaps; }), "stolen-time",
                GateStatus::warn);
}

std::string advice_about(const StallSummary& gaps, std::string_view hypervisor = "KVM",
                         double steal_s = 0) {
    ScenarioResult scenario = with_most_runs([&](auto& run) {
        run.stalls.receiver = gaps;
        run.cores.receiver.steal_s = steal_s;
    });
    scenario.other_programs.emplace() = {
        {"(not seen)", 99}, {"indexer", 1.234}, {"[kdamond.0]", 0.3}, {"cron", 0.1}};
    const Verdict verdict = judge(scenario, kGoodInstrument, hypervisor);
    return find(verdict, "stolen-time", scenario.receivers[1].name)->advice;
}

TEST(StolenTime, IsBlamedOnItsLargestPart) {
    const std::string threads = advice_about({12, 3, 3e7, 5e6, 2e7, 5e6});
    EXPECT_NE(threads.find("mostly by other threads: isolate the CPUs"), std::string::npos)
        << threads;
    EXPECT_NE(threads.find("on this host (indexer 1.23%, cron 0.10%)"), std::string::npos)
        << threads;
    const std::string ticks = advice_about({12, 3, 3e7, 5e6, 5e6, 5e6});
    EXPECT_NE(ticks.find("timer ticks"), std::string::npos) << ticks;
    const std::string hypervisor = advice_about({12, 3, 3e7, 5e6, 5e6, 2e7});
    EXPECT_NE(hypervisor.find("hypervisor"), std::string::npos) << hypervisor;
    EXPECT_EQ(hypervisor.find("indexer"), std::string::npos) << hypervisor;
}

TEST(StolenTime, IsNoHypervisorsWhereThereIsNone) {
    for (const StallSummary& gaps :
         {StallSummary{12, 3, 3e7, 5e6, 5e6, 5e6}, {12, 3, 3e7, 5e6, 5e6, 2e7}}) {
        const std::string advice = advice_about(gaps, "none");
        EXPECT_EQ(advice.find("virtual"), std::string::npos) << advice;
        EXPECT_EQ(advice.find("hypervisor"), std::string::npos) << advice;
        EXPECT_NE(advice.find("interrupts"), std::string::npos) << advice;
    }
}

TEST(StolenTime, IsTheHypervisorsWhereThatAdmitsToMore) {
    const std::string advice = advice_about({12, 3, 3e7, 5e6, 3e7, 0}, "KVM", 0.1);
    EXPECT_NE(advice.find("by the hypervisor, as it reports itself"), std::string::npos) << advice;
    EXPECT_EQ(advice.find("indexer"), std::string::npos) << advice;
}

TEST(StolenTime, OfOlderResultsHasNoParts) {
    const std::string advice = advice_about({12, 3, 3e7, 5e6, {}, {}});
    EXPECT_NE(advice.find("stop what else runs"), std::string::npos) << advice;
}

TEST(StolenTime, IsTheMedianShareOfEachCore) {
    ScenarioResult scenario = good_scenario();
    ReceiverResult& receiver = scenario.receivers[1];
    double ms = 0;
    for (auto& run : receiver.runs) {
        run.cores.seconds = 2;
        run.stalls.receiver = StallSummary{3, 1, 60e6, 30e6, 10e6 + ms * 1e6, 30e6 - ms * 1e6};
        run.stalls.sender.reset();
        ms += 1;
    }
    const auto shares = stolen_shares(receiver, Core::receiver);
    ASSERT_TRUE(shares);
    EXPECT_DOUBLE_EQ(shares->threads, 0.675);  // 13.5 ms of 2 s
    EXPECT_DOUBLE_EQ(shares->shorter, 1);
    EXPECT_DOUBLE_EQ(shares->longer, 1.325);
    EXPECT_FALSE(stolen_shares(receiver, Core::sender));
}

TEST(Judge, WarnsOfThreadsThatRanOnThePinnedCpus) {
    expect_only(with_most_runs([](auto& run) { run.receiver.usage.involuntary_switches = 201; }),
                "context-switches", GateStatus::warn);
    expect_only(with_most_runs([](auto& run) { run.sender.usage.involuntary_switches = 201; }),
                "context-switches", GateStatus::warn);
}

TEST(Judge, WarnsOfAFrequencyThatChanged) {
    expect_only(
        with_most_runs([](auto& run) { run.cores.receiver.frequency_change_percent = 5.1; }),
        "frequency", GateStatus::warn);
}

TEST(Judge, TakesAMinorityOfDisturbedRunsForWhatItIs) {
    ScenarioResult scenario = good_scenario();
    for (std::size_t i = 0; i < 2; ++i)
        scenario.receivers[1].runs[i].receiver.usage.involuntary_switches = 201;
    EXPECT_EQ(to_string(judge(scenario, kGoodInstrument).verdict), "VALID");
}

// All packets are pooled: a round that somebody else had for half of the time is in every tail.
TEST(Judge, DoesNotHideOneStolenRoundBehindTheOthers) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).cores.receiver.steal_s = 1;
    expect_only(scenario, "stolen-time", GateStatus::warn);
    scenario.receivers[1].runs[0].cores.receiver.steal_s = 1;
    expect_only(scenario, "stolen-time", GateStatus::fail);
}

TEST(Judge, LooksAtTheControlsOwnRuns) {
    ScenarioResult scenario = good_scenario();
    scenario.control = Control{"kernel-block", {good_run(1)}, {}};
    EXPECT_EQ(to_string(judge(scenario, kGoodInstrument).verdict), "VALID");
    scenario.control->runs[0].ledger = {20'000, 19'000, 1'000, 0, 0, 0};
    expect_only(scenario, "no-loss", GateStatus::warn, "kernel-block, again");
}

TEST(Judge, HasNothingAgainstAMachineThatDoesNotTell) {
    ScenarioResult scenario = good_scenario();
    for (ReceiverResult& receiver : scenario.receivers) {
        for (auto& run : receiver.runs)
            run.cores = {};
    }
    EXPECT_EQ(to_string(judge(scenario, kGoodInstrument).verdict), "VALID");
}

TEST(Judge, WarnsWhereMeasuringCostsATenthOfWhatIsMeasured) {
    ScenarioResult scenario = good_scenario();
    scenario.receivers[1].figures[Figure::p50].value = 599;
    expect_only(scenario, "measuring-floor", GateStatus::warn);
}

GateStatus offset_status(const Instrument& instrument) {
    const Verdict verdict = judge(good_scenario(), instrument);
    return find(verdict, "clock-offset", "scenario")->status;
}

TEST(Judge, AllowsAClockOffsetWithinWhatIsKnown) {
    EXPECT_EQ(offset_status({15, 60, -90, 90}), GateStatus::pass);
    EXPECT_EQ(offset_status({15, 60, -95, 90}), GateStatus::warn);
    EXPECT_EQ(offset_status({15, 60, 1'001, 90}), GateStatus::fail);
    EXPECT_EQ(offset_status({15, 60, {}, {}}), GateStatus::warn) << "not measured";
}

ScenarioResult with_control(RatioVerdict verdict, std::optional<double> p) {
    ScenarioResult scenario = good_scenario();
    Ratio ratio;
    ratio.numerator = ratio.denominator = "kernel-block";
    ratio.figure = Figure::p99;
    ratio.value = 1.01;
    ratio.p = p;
    ratio.verdict = verdict;
    scenario.control = Control{"kernel-block", {}, {ratio}};
    return scenario;
}

TEST(Judge, WarnsOfAReceiverThatDiffersFromItself) {
    for (const RatioVerdict verdict : {RatioVerdict::equal, RatioVerdict::cannot_tell})
        EXPECT_EQ(to_string(judge(with_control(verdict, 0.5), kGoodInstrument).verdict), "VALID");
    expect_only(with_control(RatioVerdict::different, 0.01), "a-a-control", GateStatus::warn,
                "p99");
    expect_only(with_control(RatioVerdict::cannot_tell, {}), "a-a-control", GateStatus::warn,
                "p99");
}

TEST(Judge, WarnsOfRoundsThatAreMissingAndOfRunsThatFailedOnce) {
    ScenarioResult scenario = good_scenario();
    scenario.planned_rounds = 20;
    expect_only(scenario, "complete", GateStatus::warn, "scenario");
    scenario = good_scenario();
    scenario.repeated = {"single round 3: kernel-spin: died in the run"};
    expect_only(scenario, "no-repeats", GateStatus::warn, "scenario");
}

TEST(Judge, VoidsWhatWasMeasuredOnAStolenCore) {
    const auto stolen = [](double seconds) {
        return with_most_runs([&](auto& run) {
            run.cores.seconds = 2;
            run.cores.receiver.steal_s = seconds;
        });
    };
    expect_only(stolen(0.30), "stolen-time", GateStatus::warn);  // in five runs of eight
    expect_only(stolen(0.33), "stolen-time", GateStatus::fail);
}

TEST(OverallVerdict, SaysFirstWhatVoidsIt) {
    std::vector scenarios{good_scenario(), good_scenario()};
    scenarios[0].rounds = scenarios[0].planned_rounds = 2;  // a warning
    some_run(scenarios[1]).figures.negative = 3;
    for (ScenarioResult& scenario : scenarios)
        scenario.verdict = judge(scenario, kGoodInstrument);
    const OverallVerdict overall = judge_all(scenarios);
    ASSERT_EQ(overall.reasons.size(), 2U);
    EXPECT_NE(overall.reasons[0].find("no-negative-latency"), std::string::npos);
    EXPECT_NE(overall.reasons[1].find("rounds"), std::string::npos);
}

TEST(OverallVerdict, IsTheWorstScenariosWithItsReasons) {
    std::vector scenarios{good_scenario(), good_scenario()};
    scenarios[1].name = "multi";
    some_run(scenarios[1]).figures.negative = 3;
    for (ScenarioResult& scenario : scenarios)
        scenario.verdict = judge(scenario, kGoodInstrument);
    const OverallVerdict overall = judge_all(scenarios);
    EXPECT_EQ(to_string(overall.verdict), "VOID");
    ASSERT_EQ(overall.reasons.size(), 1U);
    EXPECT_NE(overall.reasons[0].find("multi, dpdk-af_packet: no-negative-latency: 3 packets"),
              std::string::npos)
        << overall.reasons[0];
}

TEST(OverallVerdict, SaysOnceWhatHoldsForSeveralReceivers) {
    std::vector scenarios{good_scenario()};
    for (ReceiverResult& receiver : scenarios[0].receivers) {
        for (auto& run : receiver.runs) {
            run.cores.seconds = 2;
            run.cores.receiver.steal_s = 0.0312345;
            run.stalls = {};
        }
    }
    scenarios[0].verdict = judge(scenarios[0], kGoodInstrument);
    const OverallVerdict overall = judge_all(scenarios);
    ASSERT_EQ(overall.reasons.size(), 1U);
    EXPECT_TRUE(
        overall.reasons[0].starts_with("single: stolen-time (limit 1): kernel-block 1.56 %, "
                                       "dpdk-af_packet 1.56 %: p99 shows that a core was taken"))
        << overall.reasons[0];
    EXPECT_TRUE(overall.reasons[0].ends_with(", or trust only p50")) << overall.reasons[0];
}

TEST(OverallVerdict, NamesTheLimitThatVoidsAndTrustsNoMedianBeyondIt) {
    std::vector scenarios{good_scenario()};
    for (ReceiverResult& receiver : scenarios[0].receivers) {
        for (auto& run : receiver.runs) {
            run.cores.seconds = 2;
            run.cores.receiver.steal_s = 0.24;
            run.stalls = {};
        }
    }
    scenarios[0].verdict = judge(scenarios[0], kGoodInstrument);
    const OverallVerdict overall = judge_all(scenarios);
    EXPECT_EQ(overall.verdict, VerdictKind::void_);
    ASSERT_FALSE(overall.reasons.empty());
    EXPECT_TRUE(overall.reasons[0].starts_with("single: stolen-time (limit 10): kernel-block 12"))
        << overall.reasons[0];
    EXPECT_TRUE(overall.reasons[0].ends_with("; p50 cannot be trusted, either"))
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

TEST(Judge, VoidsEverythingThatAnEmulatedProcessorMeasured) {
    ScenarioResult scenario = good_scenario();
    scenario.verdict = judge(scenario, kGoodInstrument, "TCGTCGTCGTCG");
    EXPECT_EQ(void_reasons(scenario, "kernel-block"), "real-processor");
    EXPECT_EQ(to_string(judge(scenario, kGoodInstrument, "KVM").verdict), "VALID");
}

TEST(Void, IsTheReceiverWhoseGateFailedAndNotItsNeighbour) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).figures.negative = 1;
    scenario.verdict = judge(scenario, kGoodInstrument);
    EXPECT_TRUE(is_void(scenario, "dpdk-af_packet"));
    EXPECT_FALSE(is_void(scenario, "kernel-block"));
    EXPECT_EQ(void_reasons(scenario, "dpdk-af_packet"), "no-negative-latency");
    EXPECT_EQ(void_reasons(scenario, "kernel-block"), "");
}

TEST(Void, IsEveryReceiverWhereTheScenarioFailed) {
    ScenarioResult scenario = good_scenario();
    some_run(scenario).receiver.digest = "another";
    scenario.verdict = judge(scenario, kGoodInstrument);
    EXPECT_TRUE(is_void(scenario, "kernel-block"));
}

TEST(Judge, WarnsWhereReceiversThatRanTogetherSharedCpus) {
    ScenarioResult scenario = good_scenario();
    EXPECT_EQ(find(judge(scenario, kGoodInstrument), "own-core", "scenario"), nullptr)
        << "they ran one after the other";
    scenario.receiver_cpus.emplace() = {1};
    const Verdict shared = judge(scenario, kGoodInstrument);
    const Gate* gate = find(shared, "own-core", "scenario");
    ASSERT_NE(gate, nullptr);
    EXPECT_EQ(gate->status, GateStatus::warn);
    EXPECT_EQ(gate->measured, 2);
    EXPECT_EQ(gate->limit, 1);
    EXPECT_NE(shared.verdict, VerdictKind::void_);
    scenario.receiver_cpus.emplace() = {1, 2};
    const Verdict apart = judge(scenario, kGoodInstrument);
    EXPECT_EQ(find(apart, "own-core", "scenario")->status, GateStatus::pass);
}

}  // namespace
}  // namespace rxlab::bench
