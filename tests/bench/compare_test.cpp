// SPDX-License-Identifier: MIT
#include "bench/experiments/compare.hpp"

#include "bench/result/file.hpp"
#include "example.hpp"
#include "synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

using example::contains;

const NamedResult& a() {
    static const NamedResult before{"before/a.json", example::result()};
    return before;
}

TEST(Comparison, OfAResultWithItselfFindsNoDifference) {
    EXPECT_TRUE(differences(example::result(), example::result()).empty());
    const std::string text = to_plain_text(compare(a(), {"b.json", example::result()}));
    EXPECT_TRUE(contains(text, "Environment, build, settings and traffic are the same"));
    EXPECT_TRUE(contains(text, "kernel has made the frame"));
    EXPECT_FALSE(contains(text, "NO"));
}

TEST(Comparison, NamesEveryDifferenceBeforeTheFigures) {
    Result other = example::result();
    other.environment.kernel.release = "6.12";
    other.environment.cpu.isolated = "2-3";
    other.environment.kernel.vulnerabilities["spectre_v2"] = "Mitigation: IBRS";
    other.scenarios[1].rate_per_feed = 20'000;
    other.scenarios[0].receivers.pop_back();
    const std::vector<Difference> all = differences(example::result(), other);
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[0].field, "environment.cpu.isolated");
    EXPECT_EQ(all[0].b, "2-3");
    EXPECT_EQ(all[2].field, "environment.kernel.vulnerabilities.spectre_v2");
    EXPECT_EQ(all[2].a, "absent");
    const std::string text = to_plain_text(compare(a(), {"b.json", other}));
    EXPECT_TRUE(contains(text, "5 differences"));
    EXPECT_LT(text.find("environment.kernel.release"), text.find("Latency"));
}

TEST(Comparison, NamesLibrariesThatDiffer) {
    Result other = example::result();
    (*other.environment.libraries)["glibc"] = "2.41-12";
    other.environment.libraries->erase("fmt");
    const std::vector<Difference> all = differences(example::result(), other);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].field, "environment.libraries.fmt");
    EXPECT_EQ(all[0].b, "absent");
    EXPECT_EQ(all[1].field, "environment.libraries.glibc");
    EXPECT_EQ(all[1].a, "2.36-9+deb12u13");
    EXPECT_EQ(all[1].b, "2.41-12");
}

TEST(Comparison, RefusesAnotherRung) {
    Result other = example::result();
    other.testbed.name = "nic";
    try {
        static_cast<void>(compare(a(), {"b.json", other}));
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(contains(error.what(), "rung veth, the other from nic")) << error.what();
    }
}

TEST(Comparison, NamesBothFilesAndFits100Columns) {
    Result other = example::result();
    other.environment.kernel.command_line = std::string(150, 'x') + " quiet µµµ";
    other.environment.kernel.release = "6.12.117-a-release-with-a-name-that-somebody-has-made-long";
    const std::string text = to_plain_text(compare(a(), {"after/b.json", other}));
    EXPECT_TRUE(text.starts_with("A: before/a.json: ")) << text.substr(0, 40);
    EXPECT_TRUE(contains(text, "\nB: after/b.json: "));
    std::size_t xs = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        const auto columns = std::ranges::count_if(
            line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
        EXPECT_LE(columns, 100) << line;
        xs += static_cast<std::size_t>(std::ranges::count(line, 'x'));
        at = end + 1;
    }
    EXPECT_GE(xs, 150U) << "what is broken is all there";
}

TEST(Comparison, IsAlsoJson) {
    Result other = example::result();
    other.environment.kernel.release = "6.12";
    const Json json = compare_json(a(), {"b.json", other});
    EXPECT_EQ(json["schema"], "rxlab.compare/1");
    EXPECT_EQ(json["a"]["file"], "before/a.json");
    ASSERT_EQ(json["differences"].size(), 1U);
    EXPECT_EQ(json["differences"][0]["field"], "environment.kernel.release");
    EXPECT_EQ(json["differences"][0]["b"], "6.12");
    const Json& scenario = json["scenarios"][0];
    EXPECT_EQ(scenario["receivers"][0]["p50_ns"]["a"],
              *a().result.scenarios[0].receivers[0].figures.at(Figure::p50).value);
    EXPECT_EQ(scenario["ratios"][0]["agree"], "yes");
}

TEST(Comparison, SaysWhichRatiosDoNotAgree) {
    Result other = example::result();
    Ratio& ratio = other.scenarios[0].ratios[0];
    ratio.low = *ratio.high + 1;
    ratio.high = *ratio.low + 1;
    EXPECT_TRUE(contains(to_plain_text(compare(a(), {"b.json", other})), "NO"));
    Gate gate{"no-loss", ratio.numerator, GateStatus::fail, 1, 0, "%", ""};
    other.scenarios[0].verdict.gates.push_back(gate);
    const std::string text = to_plain_text(compare(a(), {"b.json", other}));
    EXPECT_FALSE(contains(text, "NO")) << "VOID figures neither agree nor disagree";
    EXPECT_TRUE(contains(text, "~~"));
}

}  // namespace
}  // namespace rxlab::bench
