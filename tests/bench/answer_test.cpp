// SPDX-License-Identifier: MIT
#include "bench/report/table_parts.hpp"
#include "bench/report/tables.hpp"
#include "example.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace rxlab::bench {
namespace {

using example::contains;

std::string text_of(const Result& result) {
    return fmt::format("{}", fmt::join(answer_of(result), "\n"));
}

Ratio& ratio(Result& result, const std::string& from, const std::string& to, Figure figure) {
    for (Ratio& each : result.scenarios[0].ratios) {
        if (each.numerator == from && each.denominator == to && each.figure == figure) return each;
    }
    throw std::runtime_error("no such ratio");
}

TEST(Answer, SaysWhatEachStepChangesAndCosts) {
    const std::string text = text_of(example::result());
    EXPECT_TRUE(contains(text,
                         "One feed: stop sleeping (Kernel socket, blocking → Kernel socket, "
                         "spinning): p50 33.8 → 2.13 µs (15.8x less), p99"))
        << text;
    EXPECT_TRUE(contains(text, "leave the socket (Kernel socket, spinning → DPDK over AF_PACKET)"));
    EXPECT_TRUE(contains(text, "CPU "));
}

TEST(Answer, ClaimsNothingThatTheRunCannotTell) {
    Result result = example::result();
    Ratio& p50 = ratio(result, "kernel-spin", "dpdk-af_packet", Figure::p50);
    p50.verdict = RatioVerdict::cannot_tell;
    std::string text = text_of(result);
    EXPECT_TRUE(contains(text, "p50 2.13 → 1.47 µs (cannot tell)")) << text;
    EXPECT_TRUE(contains(text, "p50 of single (nothing below "));
    p50.verdict = RatioVerdict::equal;
    p50.within_percent = 2.5;
    EXPECT_TRUE(contains(text_of(result), "(equal within 3%)"));
    p50.verdict = RatioVerdict::different;
    p50.value = 0.5;
    EXPECT_TRUE(contains(text_of(result), "(2.00x more)"));
}

TEST(Answer, TellsTheCoresWakingFromTheThreads) {
    Result result = example::result();
    ScenarioResult& scenario = result.scenarios[0];
    EXPECT_FALSE(contains(text_of(result), "wake a halted core"));
    ReceiverResult awake = scenario.receivers[0];
    awake.name = "kernel-block-awake";
    awake.figures[Figure::p50].value = 4'200;
    scenario.receivers.push_back(awake);
    Ratio slow = ratio(result, "kernel-block", "kernel-spin", Figure::p50), fast = slow;
    slow.denominator = fast.numerator = "kernel-block-awake";
    fast.value = 2;
    scenario.ratios.insert(scenario.ratios.end(), {slow, fast});
    EXPECT_TRUE(
        contains(text_of(result),
                 "of the 33.8 µs that a blocking socket takes (p50), 29.6 are gone where no core "
                 "may enter an idle state"))
        << text_of(result);
    scenario.ratios.back().verdict = RatioVerdict::cannot_tell;
    EXPECT_FALSE(contains(text_of(result), "wake a halted core"));
}

// On a veth pair the kernel makes the frames that DPDK reads: nobody may read bypass into it.
TEST(Answer, SaysThatDpdkReadsASocketWhereItDoes) {
    Result result = example::result();
    EXPECT_TRUE(contains(text_of(result), "the kernel has made the frame"));
    EXPECT_TRUE(contains(text_of(result), "Next: ./rxlab bench --testbed nic"));
    for (ScenarioResult& scenario : result.scenarios) {
        std::erase_if(scenario.receivers,
                      [](const ReceiverResult& each) { return each.kind == "dpdk"; });
    }
    EXPECT_EQ(frames_come_from_kernel(result), "");
    result = example::result();
    result.testbed.name = "nic";
    EXPECT_EQ(frames_come_from_kernel(result), "");
}

TEST(Answer, SaysWhatLeavingTheKernelSavesWhereThatWasMeasured) {
    Result result = example::result();
    result.testbed.name = "nic";
    for (ScenarioResult& scenario : result.scenarios) {
        for (ReceiverResult& receiver : scenario.receivers)
            if (receiver.name == "dpdk-af_packet") receiver.name = "dpdk-port";
        for (Ratio& each : scenario.ratios)
            if (each.denominator == "dpdk-af_packet") each.denominator = "dpdk-port";
    }
    EXPECT_TRUE(contains(text_of(result), "leave the kernel (Kernel socket, spinning → "));
    EXPECT_FALSE(contains(text_of(result), "needs a bound port"));
}

TEST(Answer, BeginsWithWhatVoidsTheRun) {
    Result result = example::result();
    result.verdict = {VerdictKind::void_, {"single, kernel-spin: no-loss: 12 % (limit 0 %)"}};
    Gate gate{"no-loss", "kernel-spin", GateStatus::fail, 12, 0, "%", ""};
    result.scenarios[0].verdict.gates.push_back(gate);
    const auto lines = answer_of(result);
    EXPECT_EQ(lines.at(0), "VOID: single, kernel-spin: no-loss: 12 % (limit 0 %)");
    EXPECT_TRUE(lines.at(1).ends_with(": VOID.")) << lines.at(1);
}

TEST(Answer, IsTheEndOfTheFileAndFollowsTheVerdictOnATerminal) {
    const Result result = example::result();
    const std::string last = answer_of(result).back();
    EXPECT_TRUE(to_markdown(document_of(result)).ends_with("- " + last + "\n"));
    const std::string text = to_plain_text(document_of(result));
    EXPECT_TRUE(text.starts_with("Verdict: VALID\n\nWhat this run says\n")) << text.substr(0, 80);
    EXPECT_LT(text.find("What this run says"), text.find("Machine: "));
    EXPECT_LT(text.find("Machine: "), text.find("Latency, µs"));
}

}  // namespace
}  // namespace rxlab::bench
