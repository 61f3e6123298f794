// SPDX-License-Identifier: MIT
//
// What `rxbench decide` measures, writes, says and draws.
#include "bench/experiments/decide.hpp"

#include "bench/report/decision.hpp"
#include "bench/report/report.hpp"
#include "example.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace rxlab::bench {
namespace {

using example::contains;
namespace fs = std::filesystem;

LoadSeries way(const std::string& name, std::optional<double> lossless_pps,
               bool is_sender_limited = false) {
    return {name, name, {}, lossless_pps, is_sender_limited};
}

// The example's two scenarios as loads.
Decision example_decision() {
    Decision decision;
    decision.measured = example::result();
    for (const ReceiverResult& receiver : decision.measured.scenarios[0].receivers) {
        decision.rates.push_back(way(receiver.name, 100'000, receiver.name == "kernel-spin"));
        decision.rates.back().title = receiver.title;
    }
    const char* const names[] = {"load-1", "load-80"};
    for (std::size_t i = 0; i < 2; ++i) {
        ScenarioResult& load = decision.measured.scenarios[i];
        load.name = load.title = names[i];
        load.rate_per_feed = i == 0 ? 1'000 : 80'000;
        for (ReceiverResult& receiver : load.receivers) {
            Summary& p99 = receiver.figures.at(Figure::p99);
            p99.low.emplace(*p99.value * 0.9);
            p99.high.emplace(*p99.value * 1.1);
        }
    }
    return decision;
}

std::string words(const Decision& decision, const Needs& needs) {
    std::string text;
    for (const std::string& line : recommendation(decision, needs, advise(decision, needs)))
        text += line + '\n';
    return text;
}

TEST(DecideLoads, AreSharesOfTheSlowestWaysRate) {
    const std::vector<LoadSeries> rates{way("a", 400'000), way("b", 50'000), way("c", {})};
    const auto loads = loads_for(rates, {}, {});
    ASSERT_EQ(loads.size(), 3U);
    const double expected[] = {500, 15'000, 40'000};
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_DOUBLE_EQ(loads[i].traffic.rate_per_feed, expected[i]);
        EXPECT_EQ(loads[i].without, std::vector<std::string>{"c"});
        EXPECT_EQ(loads[i].rounds, kDecideRounds);
        const double counted = expected[i] * static_cast<double>(loads[i].rounds) *
                               (loads[i].traffic.seconds - loads[i].traffic.warmup_s);
        EXPECT_TRUE(percentile_is_supported(99, static_cast<std::uint64_t>(counted)))
            << loads[i].name;
    }
    EXPECT_EQ(loads[0].name, "load-1");
    EXPECT_DOUBLE_EQ(loads[2].traffic.seconds, kDecideSeconds) << "no longer than needed";
}

TEST(DecideLoads, HaveTheRateAskedForWithoutTheWaysThatLosePacketsThere) {
    const std::vector<LoadSeries> rates{way("a", 400'000), way("b", 50'000)};
    const auto loads = loads_for(rates, {}, {{}, 30'000});
    ASSERT_EQ(loads.size(), 4U);
    EXPECT_EQ(loads[2].name, "load-asked") << "in the order of the rates";
    const auto fast = loads_for(rates, {}, {{}, 300'000});
    EXPECT_EQ(fast.back().name, "load-asked");
    EXPECT_EQ(fast.back().without, std::vector<std::string>{"b"});
    EXPECT_EQ(loads_for(rates, {}, {{}, 500'000}).size(), 3U) << "no way takes that";
}

TEST(DecideLoads, FailWhereEveryWayLosesAtTheLowestRate) {
    EXPECT_THROW(static_cast<void>(loads_for({way("a", {})}, {}, {})), std::runtime_error);
}

TEST(DecisionFile, IsReadBackAsItWasWritten) {
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    Decision decision = example_decision();
    decision.rates[0].points.push_back(
        {10'000, 10'000, 3, 10'000, true, 2'000, {}, {}, "it ended"});
    decision.search.halvings = 7;
    write_decision(scratch.path() / "a.json", decision);
    const Decision again = read_decision(scratch.path() / "a.json");
    write_decision(scratch.path() / "b.json", again);
    EXPECT_EQ(program::read_file(scratch.path() / "a.json"),
              program::read_file(scratch.path() / "b.json"));
    EXPECT_EQ(again.search.halvings, 7);
    EXPECT_EQ(again.rates.at(0).points.at(0).failure, "it ended");
    EXPECT_EQ(again.measured.scenarios.at(1).name, "load-80");
    EXPECT_DOUBLE_EQ(*again.measured.scenarios[0].receivers[0].figures.at(Figure::p99).low,
                     *decision.measured.scenarios[0].receivers[0].figures.at(Figure::p99).low);
    EXPECT_THROW(static_cast<void>(read_decision(example::kResultFile)), std::runtime_error)
        << "a result is not a decision";
}

TEST(Recommendation, NamesTheCheapestWayAndWhatMoreBuys) {
    const std::string text = words(example_decision(), {});
    EXPECT_TRUE(contains(text, "Take Kernel socket, blocking (kernel-block)")) << text;
    EXPECT_TRUE(contains(text, "Next step, Kernel socket, spinning: at 80000 packets/s p50 33.7"))
        << text;
    EXPECT_TRUE(contains(text, "less)")) << text;
    EXPECT_TRUE(contains(text, "It needs DPDK")) << text;
    EXPECT_TRUE(contains(text, "Measure on the real NIC what")) << text;
}

TEST(Recommendation, SaysWhyNoWayFulfilsWhatIsAsked) {
    const std::string text = words(example_decision(), {0.5, {}, {}});
    EXPECT_TRUE(contains(text, "No way is known to fulfil this here: of 4 ways, 0 meet the p99."))
        << text;
    EXPECT_FALSE(contains(text, "Take ")) << text;
}

TEST(Recommendation, SaysThatTheMachineIsInTheWay) {
    Decision decision = example_decision();
    for (ScenarioResult& load : decision.measured.scenarios) {
        for (ReceiverResult& receiver : load.receivers) {
            Summary& p99 = receiver.figures.at(Figure::p99);
            p99.value = 5e6;
            p99.low.emplace(4e6);
            p99.high.emplace(6e6);
        }
    }
    const std::string text = words(decision, {20, {}, {}});
    EXPECT_TRUE(contains(text, "The machine is the obstacle")) << text;
    EXPECT_TRUE(contains(text, "DPDK over AF_PACKET; DPDK over AF_XDP")) << text;
}

TEST(Recommendation, NamesACheaperWayThatIsVoid) {
    Decision decision = example_decision();
    decision.measured.scenarios[1].verdict.gates.push_back(
        {"no-loss", "kernel-block", GateStatus::fail, 12, 0, "%", "lower --rate"});
    const std::string text = words(decision, {});
    EXPECT_TRUE(contains(text, "Take Kernel socket, spinning")) << text;
    EXPECT_TRUE(contains(text,
                         "These cost no more, but this run cannot say whether they fulfil it: "
                         "Kernel socket, blocking (VOID: no-loss)."))
        << text;
    EXPECT_TRUE(contains(to_plain_text(document_of(decision, {})), "~~")) << text;
}

TEST(Recommendation, RefusesWhereTheVerdictDoes) {
    Decision decision = example_decision();
    decision.measured.scenarios[0].verdict.gates.push_back(
        {"same-book", "scenario", GateStatus::fail, 1, 0, "rounds", "one of them is wrong"});
    const std::string text = words(decision, {});
    EXPECT_TRUE(contains(text, "No recommendation: VOID: load-1: same-book")) << text;
    EXPECT_FALSE(contains(text, "Take ")) << text;
    EXPECT_FALSE(contains(text, "Next step")) << text;
}

TEST(DecisionTables, HaveARowForEachWayAndLoad) {
    const Decision decision = example_decision();
    const Document document = document_of(decision, {{}, 2, {}});
    ASSERT_EQ(document.sections.size(), 1U);
    const auto& tables = document.sections[0].tables;
    ASSERT_EQ(tables.size(), 3U) << "two loads, and the steps";
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(tables[i].rows.size(), 4U);
        EXPECT_EQ(tables[i].columns.back(), "fulfils");
        for (const auto& row : tables[i].rows)
            EXPECT_EQ(row.size(), tables[i].columns.size());
    }
    EXPECT_TRUE(contains(to_plain_text(document), "≥ 100000"));
    EXPECT_NE(document_of(decision, {}).sections[0].tables[0].columns.back(), "fulfils")
        << "nothing was asked for";
}

TEST(DecisionChart, DrawsNoWayThatIsVoidEverywhere) {
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    Decision decision = example_decision();
    for (ScenarioResult& load : decision.measured.scenarios)
        load.verdict.gates.push_back({"no-loss", "dpdk-af_xdp", GateStatus::fail, 1, 0, "%", ""});
    const auto chart = draw_decision(decision, scratch.path());
    ASSERT_TRUE(chart);
    const std::string svg = program::read_file(*chart);
    EXPECT_TRUE(contains(svg, "Kernel socket, spinning"));
    EXPECT_FALSE(contains(svg, "DPDK over AF_XDP"));
    decision.rates.clear();
    EXPECT_FALSE(draw_decision(decision, scratch.path()));
}

TEST(DecisionFragment, IsThereWhereADecisionOfTheSameMachineIs) {
    const program::ScratchDirectory folder(fs::temp_directory_path());
    const auto fragment = [&](const Result& result) {
        return fragments_of(result, folder.path()).blocks.at("decision");
    };
    EXPECT_TRUE(contains(fragment(example::result()), "not measured for this result"));
    write_decision(folder.path() / "decision.json", example_decision());
    const std::string shown = fragment(example::result());
    const Summary& p50 = example::result().scenarios[1].receivers[0].figures.at(Figure::p50);
    EXPECT_TRUE(
        contains(shown, "At 80,000 packets/s here, the cheapest is Kernel socket, blocking: "))
        << shown;
    EXPECT_TRUE(contains(shown, "p50 " + microseconds(*p50.value))) << shown;
    EXPECT_TRUE(contains(shown, "Next step, Kernel socket, spinning: ")) << shown;
    Result other = example::result();
    other.environment.kernel.release = "9.9";
    EXPECT_TRUE(contains(fragment(other), "of another machine, kernel or rung"));
}

}  // namespace
}  // namespace rxlab::bench
