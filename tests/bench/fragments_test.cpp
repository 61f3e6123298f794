// SPDX-License-Identifier: MIT
#include "bench/report/report.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/sins.hpp"
#include "example.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

namespace rxlab::bench {
namespace {

using example::contains;

// Beside which there are no files.
const std::filesystem::path kNowhere = "/no/such/folder";

TEST(Fragments, HaveTheFiguresOfTheTables) {
    const Result result = example::result();
    const std::string tables = to_markdown(document_of(result));
    const Fragments fragments = fragments_of(result, kNowhere);
    const std::string& latency = fragments.blocks.at("latency-multi");
    for (const ReceiverResult& receiver : result.scenarios.at(1).receivers) {
        for (const Figure figure : {Figure::p50, Figure::p99, Figure::max}) {
            const std::string text = microseconds(*receiver.figures.at(figure).value);
            EXPECT_TRUE(contains(tables, ' ' + text)) << text;
            EXPECT_TRUE(contains(latency, text)) << text;
        }
    }
    // A value on the border between two texts: rounded alike.
    EXPECT_TRUE(contains(tables, " 5.24 "));
    EXPECT_EQ(fragments.inlines.at("multi.dpdk-af_packet.p999"), "5.24\u00a0µs");
}

TEST(Fragments, SayWhatAResultLacks) {
    Result result = example::result();
    result.scenarios.pop_back();
    result.scenarios[0].receivers.pop_back();
    result.candidates_left_out = {{"dpdk-af_xdp", "needs root"}};
    const Fragments fragments = fragments_of(result, kNowhere);
    EXPECT_EQ(fragments.blocks.at("latency-multi"),
              "::: {.missing}\nnot measured: this result has no scenario “multi”\n:::\n\n");
    EXPECT_TRUE(
        contains(fragments.blocks.at("latency-single"), "[not measured: needs root]{.missing} |"));
    EXPECT_EQ(fragments.inlines.at("single.dpdk-af_xdp.p50"),
              "[not measured: needs root]{.missing}");
    EXPECT_TRUE(contains(fragments.blocks.at("timeline-multi"), "has no scenario “multi”"));
    EXPECT_TRUE(contains(fragments.blocks.at("sins"), "not measured for this result"));
    EXPECT_TRUE(contains(fragments.blocks.at("rates"), "not measured for this result"));
    EXPECT_TRUE(contains(fragments.blocks.at("rates"), " lost of ")) << "never empty";
}

// Eight rows of claims leave no room for a picture, five do.
TEST(Fragments, DrawTheClaimsBesideWhatWasMeasured) {
    Result result = example::result();
    EXPECT_FALSE(contains(fragments_of(result, kNowhere).blocks.at("audit"), "<svg"));
    for (ScenarioResult& scenario : result.scenarios) {
        scenario.undisturbed_ratios = {};
        for (ReceiverResult& receiver : scenario.receivers)
            receiver.undisturbed.reset();
    }
    const std::string slide = fragments_of(result, kNowhere).blocks.at("audit");
    for (const char* text : {"claim 6.8x", "claim 7.3x", "One feed, p50, spinning"})
        EXPECT_TRUE(contains(slide, std::string(">") + text + "<")) << text << slide;
    result.testbed.name = "vm";
    EXPECT_FALSE(contains(fragments_of(result, kNowhere).blocks.at("audit"), "<svg"))
        << "an emulator's latencies mean nothing";
}

// Without the spaces that align the columns.
std::string squeezed(std::string text) {
    for (std::size_t at; (at = text.find("  ")) != std::string::npos;)
        text.erase(at, 1);
    return text;
}

std::filesystem::path empty_folder(const std::string& name) {
    const auto folder = std::filesystem::path(testing::TempDir()) / name;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
}

// No run supports a p99: its columns would be empty.
TEST(Fragments, ShowTheFiguresOfSinsJsonWithoutEmptyColumns) {
    const auto folder = empty_folder("sins-json");
    write_sins(folder / "sins.json",
               {{{"multi, dpdk-af_packet", 2, {{"honest", "", 7'000, {}, {}}}},
                 {"single, dpdk-af_packet",
                  2,
                  {{"honest", "", 2'610, {}, 12'100'000}, {"a sin", "", 2'100, {}, 12'000}}}}});
    const std::string slide = squeezed(fragments_of(example::result(), folder).blocks.at("sins"));
    EXPECT_TRUE(contains(slide, "| [honest]{.whole} | 2.61 | 12100 | |")) << slide;
    EXPECT_TRUE(contains(slide, "| [a sin]{.whole} | 2.10 | 12.0 | 1.24x |")) << slide;
    EXPECT_FALSE(contains(slide, "p99")) << slide;
}

// An older result has no sins.json, and nothing is made up from what was rounded.
TEST(Fragments, ShowSinsMdAsItStandsWhereThereIsNothingElse) {
    const auto folder = empty_folder("sins-md");
    program::write_file_atomically(
        folder / "sins.md",
        "## single, dpdk-af_packet, 2 runs\n\n**Latency**\n\n"
        "| error  | p50  | p99 |\n|:--|--:|--:|\n| honest | 2.61 |   – |\n\n"
        "## single, kernel-spin, 2 runs\n\n| error |\n");
    const std::string slide = fragments_of(example::result(), folder).blocks.at("sins");
    EXPECT_TRUE(contains(slide, "| honest | 2.61 |   – |")) << slide;
    EXPECT_TRUE(contains(slide, "this result has no sins.json")) << slide;
    EXPECT_FALSE(contains(slide, "kernel-spin")) << slide;
}

// Beside p99, and a dash with its reason where there is none.
TEST(Fragments, HaveUndisturbedFiguresAndTheShareKept) {
    Result result = example::result();
    std::map<std::string, std::string> blocks = fragments_of(result, kNowhere).blocks;
    EXPECT_TRUE(contains(squeezed(blocks["latency-single"]), "| 54.0 | 38.3 | 99.3% |"));
    EXPECT_TRUE(contains(squeezed(blocks["latency-multi"]), "| 109 | – | – |"));
    for (const char* name : {"latency-multi", "jitter-multi", "audit"}) {
        EXPECT_TRUE(contains(
            blocks[name], "–: no figure. Kernel socket, blocking: the kernel lets only root look."))
            << name << blocks[name];
    }
    Undisturbed& few = *result.scenarios[0].receivers[1].undisturbed;
    few.kept_percent = 83;
    few.why_not = "only 83% of its packets met an undisturbed machine";
    few.figures[Figure::p99] = {};
    blocks = fragments_of(result, kNowhere).blocks;
    EXPECT_TRUE(contains(blocks["jitter-single"], "Kernel socket, spinning: less than 90 % kept."));
    // Older results did not look at the machine.
    for (ScenarioResult& scenario : result.scenarios) {
        scenario.undisturbed_ratios.reset();
        for (ReceiverResult& receiver : scenario.receivers)
            receiver.undisturbed.reset();
    }
    blocks = fragments_of(result, kNowhere).blocks;
    for (const char* name : {"latency-single", "jitter-single", "audit", "steps"})
        EXPECT_FALSE(contains(blocks[name], "ndisturbed")) << name << blocks[name];
}

TEST(Fragments, NameTheLibrariesWhereTheResultDoes) {
    Result result = example::result();
    result.environment.libraries.emplace();
    (*result.environment.libraries)["fmt"] = "9.1.0";
    (*result.environment.libraries)["glibc"] = "2.36-9+deb12u13";
    EXPECT_TRUE(contains(fragments_of(result, kNowhere).blocks.at("environment"),
                         "fmt 9.1.0, glibc 2.36-9+deb12u13"));
    result.environment.libraries.reset();
    EXPECT_FALSE(contains(fragments_of(result, kNowhere).blocks.at("environment"), "libraries"));
}

TEST(Fragments, StrikeAVoidScenarioThroughAndSayWhy) {
    Result result = example::result();
    Verdict& verdict = result.scenarios[0].verdict;
    verdict.verdict = VerdictKind::void_;
    verdict.gates[0].status = GateStatus::fail;
    verdict.gates[0].scope = "scenario";
    const Fragments fragments = fragments_of(result, kNowhere);
    for (const char* name :
         {"latency-single", "stages-single", "outliers-single", "cost-single", "ways-single"}) {
        EXPECT_TRUE(contains(fragments.blocks.at(name), "~~")) << name;
        EXPECT_FALSE(contains(fragments.blocks.at(name), "**")) << name;
        EXPECT_TRUE(
            contains(fragments.blocks.at(name), "VOID, not to be used: " + verdict.gates[0].name))
            << name;
    }
    EXPECT_TRUE(contains(fragments.blocks.at("result"), "not drawn: these figures are VOID"));
    EXPECT_FALSE(contains(fragments.blocks.at("latency-multi"), "~~"));
    EXPECT_EQ(fragments.inlines.at("single.kernel-block.p50"),
              "~~33.8\u00a0µs~~ [VOID]{.void-reason}");
    EXPECT_TRUE(contains(fragments.blocks.at("audit"), "not testable: VOID"));
}

TEST(Fragments, ShowAGatesValueInTheUnitThatTablesUse) {
    Result result = example::result();
    result.scenarios[0].verdict.gates.push_back(
        {"sender-pacing", "kernel-spin", GateStatus::warn, 7.59e6, 4.2e6, "ns", "lower --rate"});
    EXPECT_TRUE(contains(fragments_of(result, kNowhere).blocks.at("gates"),
                         "warn: 7590 \u00b5s (limit 4200)"));
}

TEST(Fragments, StrikeOnlyTheReceiverThatIsVoid) {
    Result result = example::result();
    Verdict& verdict = result.scenarios[0].verdict;
    verdict.verdict = VerdictKind::void_;
    verdict.gates.push_back(
        {"no-loss", "kernel-spin", GateStatus::fail, 12, 0, "%", "lower --rate"});
    const Fragments fragments = fragments_of(result, kNowhere);
    EXPECT_EQ(fragments.inlines.at("single.kernel-spin.p50").substr(0, 2), "~~");
    EXPECT_NE(fragments.inlines.at("single.kernel-block.p50").substr(0, 2), "~~");
    EXPECT_FALSE(contains(fragments.blocks.at("latency-single"), "**")) << "better than a void one";
    const std::string& steps = fragments.blocks.at("steps");
    EXPECT_TRUE(contains(steps, "~~")) << "a ratio of it";
    EXPECT_TRUE(contains(fragments.blocks.at("latency-single"),
                         "VOID, not to be used: no-loss (Kernel "
                         "socket, spinning)"));
}

TEST(Fragments, ClaimInATitleOnlyWhatTheIntervalsCarry) {
    Result result = example::result();
    const auto title = [&](const std::string& name) {
        const Fragments fragments = fragments_of(result, kNowhere);
        const auto found = fragments.inlines.find(name);
        return found == fragments.inlines.end() ? "" : found->second;
    };
    EXPECT_TRUE(title("title.result").starts_with("Not sleeping buys ")) << title("title.result");
    EXPECT_TRUE(title("title.result").ends_with("x more")) << title("title.result");
    for (Ratio& ratio : result.scenarios[0].ratios) {
        if (ratio.numerator == "kernel-spin" && ratio.figure == Figure::p50)
            ratio.verdict = RatioVerdict::cannot_tell;
    }
    EXPECT_TRUE(title("title.result").ends_with("leaving recv: cannot be told"));
    Verdict& verdict = result.scenarios[0].verdict;
    verdict.gates.push_back({"no-loss", "kernel-spin", GateStatus::fail, 12, 0, "%", ""});
    EXPECT_EQ(title("title.result"), "");
    EXPECT_EQ(title("title.cost"), "");
}

TEST(Fragments, DrawNoReceiverThatIsVoid) {
    Result result = example::result();
    const auto bars = [&] { return fragments_of(result, kNowhere).blocks.at("bars-single"); };
    EXPECT_TRUE(contains(bars(), "DPDK over AF_PACKET"));
    result.scenarios[0].verdict.gates.push_back(
        {"no-loss", "dpdk-af_packet", GateStatus::fail, 12, 0, "%", "lower --rate"});
    EXPECT_FALSE(contains(bars(), "DPDK over AF_PACKET"));
    EXPECT_TRUE(contains(bars(), "Kernel socket, spinning"));
}

// Two receivers that the run cannot tell apart: neither is emphasised.
TEST(Fragments, CallNothingTheBestThatTheIntervalsDoNot) {
    Result result = example::result();
    ScenarioResult& scenario = result.scenarios[0];
    const auto latency = [&] { return fragments_of(result, kNowhere).blocks.at("latency-single"); };
    EXPECT_TRUE(contains(latency(), "**1.47**"));
    for (Ratio& ratio : scenario.ratios) {
        if (ratio.numerator == "dpdk-af_packet" && ratio.figure == Figure::p50)
            ratio.verdict = RatioVerdict::cannot_tell;
    }
    EXPECT_FALSE(contains(latency(), "**1.47**"));
}

TEST(Fragments, EscapeWhatMarkdownWouldRead) {
    Result result = example::result();
    result.environment.cpu.model = "*Fast* [core]_1 | @ 3 GHz";
    const Fragments fragments = fragments_of(result, kNowhere);
    EXPECT_EQ(fragments.inlines.at("environment.cpu.model"), R"(\*Fast\* \[core\]\_1 | \@ 3 GHz)");
    EXPECT_TRUE(contains(fragments.blocks.at("environment"),
                         R"(| CPU                    | \*Fast\* \[core\]\_1 \| \@ 3 GHz )"));
}

TEST(Fragments, TakeLoadsOfTheSameMachineOnly) {
    const program::ScratchDirectory folder(std::filesystem::temp_directory_path());
    const std::filesystem::path reference = RXLAB_SOURCE_DIR "/docs/reference";
    std::filesystem::copy_file(reference / "load.json", folder.path() / "load.json");
    const auto rates = [&](const Result& result) {
        return fragments_of(result, folder.path()).blocks.at("rates");
    };
    const Result measured = read_result(reference / "result.json");
    EXPECT_TRUE(contains(rates(measured), "packets/s, no loss"));
    EXPECT_TRUE(contains(rates(measured), "<path class=\"line curve kernel dash-0\""));
    EXPECT_TRUE(contains(rates(example::result()), "of another machine, kernel or rung"));
    program::write_file_atomically(folder.path() / "load.json", R"({"schema": "rxlab.load/1"})");
    EXPECT_THROW((void)rates(measured), std::runtime_error);
}

}  // namespace
}  // namespace rxlab::bench
