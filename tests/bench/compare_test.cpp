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

TEST(Comparison, OfAResultWithItselfFindsNoDifference) {
    EXPECT_TRUE(differences(example::result(), example::result()).empty());
    const std::string text = to_plain_text(compare(example::result(), example::result()));
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
    const std::string text = to_plain_text(compare(example::result(), other));
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
        static_cast<void>(compare(example::result(), other));
        ADD_FAILURE();
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(contains(error.what(), "rung veth, the other from nic")) << error.what();
    }
}

TEST(Comparison, SaysWhichRatiosDoNotAgree) {
    Result other = example::result();
    Ratio& ratio = other.scenarios[0].ratios[0];
    ratio.low = *ratio.high + 1;
    ratio.high = *ratio.low + 1;
    EXPECT_TRUE(contains(to_plain_text(compare(example::result(), other)), "NO"));
    Gate gate{"no-loss", ratio.numerator, GateStatus::fail, 1, 0, "%", ""};
    other.scenarios[0].verdict.gates.push_back(gate);
    const std::string text = to_plain_text(compare(example::result(), other));
    EXPECT_FALSE(contains(text, "NO")) << "VOID figures neither agree nor disagree";
    EXPECT_TRUE(contains(text, "~~"));
}

}  // namespace
}  // namespace rxlab::bench
