// SPDX-License-Identifier: MIT
#include "bench/report/tables.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/report/report.hpp"
#include "bench/result/file.hpp"
#include "example.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>

#include <string>

namespace rxlab::bench {
namespace {

using example::contains;

using example::kData;

std::string line_with(const std::string& text, const std::string& part) {
    const std::size_t at = text.find(part);
    if (at == std::string::npos) return {};
    const std::size_t start = text.rfind('\n', at) + 1;
    return text.substr(start, text.find('\n', at) - start);
}

TEST(Tables, OfTheExampleAreWhatWasReviewed) {
    EXPECT_EQ(to_markdown(document_of(example::result())),
              program::read_file(kData + "example-tables.md"));
}

TEST(Tables, AsTextOfTheExampleAreWhatWasReviewed) {
    EXPECT_EQ(to_plain_text(document_of(example::result())),
              program::read_file(kData + "example-tables.txt"));
}

TEST(Tables, StrikeThroughTheFiguresOfAVoidReceiverOnly) {
    Result result = example::result();
    result.scenarios[0].receivers[1].runs[0].figures.negative = 1;
    result.scenarios[0].verdict = judge(result.scenarios[0], result.instrument);
    result.verdict = judge_all(result.scenarios);
    const std::string text = to_markdown(document_of(result));
    EXPECT_TRUE(contains(line_with(text, "| Kernel socket, spinning"), "~~"));
    EXPECT_FALSE(contains(line_with(text, "| Kernel socket, blocking"), "~~"));
    EXPECT_TRUE(contains(line_with(text, "| kernel-block / kernel-spin"), "~~"));
    EXPECT_FALSE(contains(line_with(text, "| kernel-block / dpdk-af_packet"), "~~"));
    EXPECT_TRUE(contains(text, "- Verdict: VOID"));
}

TEST(Tables, SayThatAQuickRunIsQuick) {
    Result result = example::result();
    result.settings.quick = true;
    EXPECT_TRUE(contains(to_markdown(document_of(result)), "A quick run"));
}

TEST(Tables, ListWhatWasLeftOutAndWhy) {
    Result result = example::result();
    result.candidates_left_out.push_back({"dpdk-af_xdp", "needs root"});
    EXPECT_TRUE(contains(to_markdown(document_of(result)), "Left out: dpdk-af_xdp: needs root"));
}

TEST(Tables, ShowADashForAFigureThatIsNotSupported) {
    Result result = example::result();
    result.scenarios[0].receivers[0].figures[Figure::p999] = {};
    EXPECT_TRUE(contains(line_with(to_markdown(document_of(result)), "| Kernel socket, blocking"),
                         "    – |"));
}

// The undisturbed p99 of the example's blocking receiver, and its ratio to the DPDK receiver's.
Result with_lower_bound() {
    Result result = example::result();
    ScenarioResult& scenario = result.scenarios[0];
    Undisturbed& undisturbed = *scenario.receivers[0].undisturbed;
    undisturbed.figures[Figure::p99] = {38'300, {}, {}, {}, {}, {true}};
    undisturbed.why_at_least.emplace("the hypervisor took 0.7% of the time");
    for (Ratio& ratio : *scenario.undisturbed_ratios) {
        if (ratio.figure != Figure::p99 || ratio.numerator != "kernel-block") continue;
        ratio.at_least.emplace(true);
        ratio.verdict = RatioVerdict::different;
    }
    return result;
}

TEST(Tables, MarkALowerBoundAndSayWhereItComesFrom) {
    const Result result = with_lower_bound();
    const std::string text = to_markdown(document_of(result));
    EXPECT_TRUE(contains(line_with(text, "| Kernel socket, blocking"), "≥ 38.3"));
    const std::string ratios = text.substr(text.find("on an undisturbed machine"));
    EXPECT_TRUE(contains(line_with(ratios, "| kernel-block / dpdk-af_packet"), "≥ "));
    EXPECT_FALSE(contains(line_with(ratios, "| kernel-spin / dpdk-af_packet"), "≥ "));
    EXPECT_TRUE(contains(text, "single: kernel-block: the hypervisor took 0.7% of the time."));
    EXPECT_TRUE(contains(text, "undisturbed p99 ≥ 38.3 → "));
    const Fragments fragments = fragments_of(result, "");
    for (const char* name : {"latency-single", "audit"})
        EXPECT_TRUE(contains(fragments.blocks.at(name), "≥ ")) << name;
    EXPECT_TRUE(contains(fragments.blocks.at("latency-single"), "≥: a lower bound"));
}

TEST(Tables, RefuteNoClaimByALowerBound) {
    Result result = with_lower_bound();
    const auto verdict = [&] {
        return line_with(fragments_of(result, "").blocks.at("audit"), "undisturbed");
    };
    for (Ratio& ratio : *result.scenarios[0].undisturbed_ratios)
        if (ratio.figure == Figure::p99) ratio.low = ratio.value = ratio.high = 2;
    EXPECT_TRUE(contains(verdict(), "undecided"));
    for (Ratio& ratio : *result.scenarios[0].undisturbed_ratios)
        ratio.at_least.reset();
    EXPECT_FALSE(contains(verdict(), "undecided"));
}

TEST(Tables, TellTheKernelsStampApartWhereThereIsOne) {
    Result result = example::result();
    EXPECT_EQ(to_plain_text(document_of(result)).find("kernel to program"), std::string::npos);
    result.scenarios[0].receivers[0].stages.delivery.emplace().p50_ns.value = 98'765;
    const std::string text = to_markdown(document_of(result));
    EXPECT_NE(text.find("kernel to program p50"), std::string::npos);
    EXPECT_NE(text.find("98.8"), std::string::npos);
}

TEST(Tables, TellTheWireApartWhereTheNicStampedPackets) {
    Result result = example::result();
    EXPECT_EQ(to_plain_text(document_of(result)).find("NIC to program"), std::string::npos);
    ReceiverResult& receiver = result.scenarios[0].receivers[0];
    receiver.stages.wire.emplace().p50_ns.value = 43'210;
    receiver.stages.from_nic.emplace().p50_ns.value = 98'765;
    receiver.runs[0].receiver.nic_stamps = NicStampReport{10, 0, 0, 0, 765};
    const std::string text = to_markdown(document_of(result));
    for (const char* part :
         {"sender to the NIC p50", "NIC to program p50", "off by up to", "43.2", "98.8", "0.765"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
    EXPECT_EQ(text.find("kernel to program"), std::string::npos);
}

TEST(Microseconds, HaveThreeSignificantDigits) {
    EXPECT_EQ(microseconds(0), "0");
    EXPECT_EQ(microseconds(1), "0.001");
    EXPECT_EQ(microseconds(74), "0.074");
    EXPECT_EQ(microseconds(123.4), "0.123");
    EXPECT_EQ(microseconds(999.6), "1.00");
    EXPECT_EQ(microseconds(1'234), "1.23");
    EXPECT_EQ(microseconds(33'791), "33.8");
    EXPECT_EQ(microseconds(99'960), "100");
    EXPECT_EQ(microseconds(439'202), "439");
    EXPECT_EQ(microseconds(12'345'678), "12300");
}

TEST(RatioText, CarriesItsIntervalOrSaysWhyNot) {
    using enum RatioVerdict;
    Ratio ratio{"a", "b", Figure::p50, 23.06, 20.0, 26.34, 0.95, 0.001, 1.02, different, {}};
    EXPECT_EQ(describe(ratio), "23.1x [20.0, 26.3]");
    ratio = {"a", "b", Figure::p50, 1.02, 0.98, 1.042, 0.95, 0.6, 1.03, equal, 4.2};
    EXPECT_EQ(describe(ratio), "equal within 5% [0.980, 1.04]");
    ratio = {"a", "b", Figure::p99, 3.3, 0.9, 11.0, 0.95, 0.06, 4.0, cannot_tell, {}};
    EXPECT_EQ(describe(ratio), "cannot tell [0.900, 11.0]");
    ratio = {"a", "b", Figure::p999, 4.0, {}, {}, {}, {}, {}, cannot_tell, {}};
    EXPECT_EQ(describe(ratio), "4.00x‡");
    ratio = {"a", "b", Figure::p999, {}, {}, {}, {}, {}, {}, cannot_tell, {}};
    EXPECT_EQ(describe(ratio), "–");
}

}  // namespace
}  // namespace rxlab::bench
