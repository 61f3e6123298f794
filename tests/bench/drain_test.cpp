// SPDX-License-Identifier: MIT
#include "bench/experiments/drain.hpp"

#include "example.hpp"
#include "synthetic.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <random>

namespace rxlab::bench {
namespace {

using example::contains;

// 100 packets that were sent by 1 ms, and of which two at a time are booked, every 500 ns from 2 ms
// on.
synthetic::Traces backlog() {
    synthetic::Traces traces = synthetic::empty_traces();
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto sent = synthetic::ticks(1e4 * static_cast<double>(i));
        traces.sender.push_back({i + 1, sent, sent, 0, 0, 1});
        const auto booked = synthetic::ticks(2e6 + 500 * static_cast<double>(i / 2));
        traces.receiver.push_back({i + 1, booked - 10, booked, 0, 0, 1});
    }
    return traces;
}

std::string refusal(const synthetic::Traces& traces) {
    try {
        static_cast<void>(drain_rate_of(traces.sender_view(), traces.receiver_view()));
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "no refusal";
}

TEST(DrainRate, IsThatOfThePacketsAfterTheFirstStamp) {
    const synthetic::Traces traces = backlog();
    EXPECT_NEAR(drain_rate_of(traces.sender_view(), traces.receiver_view()), 98 / (49 * 500e-9), 1);
}

TEST(DrainRate, DoesNotExistWhereTheBacklogWasNotCompleteBeforeTheFirstPacketWasTaken) {
    synthetic::Traces traces = backlog();
    traces.receiver.front().first = traces.sender.back().second;
    EXPECT_TRUE(contains(refusal(traces), "before the backlog was complete"));
}

TEST(DrainRate, DoesNotExistWhereAllPacketsHaveOneStamp) {
    synthetic::Traces traces = backlog();
    for (auto& record : traces.receiver)
        record.second = traces.receiver.front().second;
    EXPECT_TRUE(contains(refusal(traces), "one stamp"));
    traces.receiver.clear();
    EXPECT_TRUE(contains(refusal(traces), "no packets"));
}

DrainSeries series(const std::string& name, double pps, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::lognormal_distribution<double> noise{0, 0.05};
    DrainSeries one{name, "Title of " + name, {}, {}, {}, {}};
    for (int round = 0; round < 20; ++round)
        one.rounds_pps.push_back(pps * noise(random));
    return one;
}

DrainResult made_up() {
    DrainResult result;
    result.backlog = 1'000;
    result.rounds = 20;
    result.base = "kernel-spin";
    result.series = {series("kernel-spin", 2e6, 1), series("xdp", 8e6, 2)};
    result.again = series("kernel-spin", 2e6, 3);
    return result;
}

TEST(DrainSummary, ComparesMediansWithTheBaseWhichIsAlsoComparedWithItself) {
    DrainResult result = made_up();
    summarise_drain(result);
    const DrainSeries& xdp = result.series.back();
    ASSERT_TRUE(xdp.ratio && result.control);
    EXPECT_NEAR(*xdp.ratio->value, 4, 0.2);
    EXPECT_LT(*xdp.ratio->low, 4.1);
    EXPECT_GT(*xdp.ratio->high, 3.9);
    EXPECT_EQ(xdp.ratio->verdict, RatioVerdict::different);
    EXPECT_EQ(result.control->verdict, RatioVerdict::equal);
    EXPECT_GT(*xdp.ratio->smallest, 1);
    EXPECT_FALSE(result.series.front().ratio) << "the base is 1";
}

TEST(DrainSummary, HasNoRatioOfAReceiverThatLacksARound) {
    DrainResult result = made_up();
    result.series.back().rounds_pps.pop_back();
    result.series.back().failures.emplace_back("round 20: 7 of 1000 packets found no room");
    summarise_drain(result);
    EXPECT_FALSE(result.series.back().ratio);
    EXPECT_NEAR(*result.series.back().median_pps, 8e6, 4e5);
    const std::string text = to_plain_text(drain_document(result));
    EXPECT_TRUE(contains(text, "19 of 20"));
    EXPECT_TRUE(contains(text, "Title of xdp, round 20: 7 of 1000 packets found no room"));
}

TEST(DrainSummary, HasNoVerdictWithoutAControl) {
    DrainResult result = made_up();
    result.again.rounds_pps.pop_back();
    summarise_drain(result);
    ASSERT_TRUE(result.series.back().ratio);
    EXPECT_EQ(result.series.back().ratio->verdict, RatioVerdict::cannot_tell);
    EXPECT_FALSE(result.control);
}

TEST(DrainReport, SaysMedianTimeOfAPacketAndRatio) {
    DrainResult result = made_up();
    result.left_out = {{"dpdk-af_xdp", "needs root"}};
    summarise_drain(result);
    const std::string text = to_plain_text(drain_document(result));
    EXPECT_TRUE(contains(text, "from a backlog of 1000"));
    EXPECT_TRUE(contains(text, "smallest difference seen"));
    EXPECT_TRUE(contains(text, "20 of 20"));
    EXPECT_TRUE(contains(text, "Left out: dpdk-af_xdp: needs root"));
    result.testbed.name = "veth";
    result.series.back().title = "DPDK over AF_PACKET";
    EXPECT_TRUE(contains(to_markdown(drain_document(result)), "the kernel has made the frame"));
}

TEST(DrainReport, FileHasEveryRound) {
    DrainResult result = made_up();
    summarise_drain(result);
    const program::ScratchDirectory folder{std::filesystem::temp_directory_path()};
    const auto path = folder.path() / "drain.json";
    write_drain(path, result);
    const auto json = nlohmann::json::parse(program::read_file(path));
    EXPECT_EQ(json.at("schema"), "rxlab.drain/1");
    EXPECT_EQ(json.at("backlog"), 1'000);
    EXPECT_EQ(json.at("series").at(1).at("rounds_pps").size(), 20U);
    EXPECT_EQ(json.at("series").at(1).at("ratio").at("verdict"), "different");
    EXPECT_FALSE(json.at("series").at(1).at("ratio").contains("figure"));
    EXPECT_TRUE(json.at("series").at(0).at("ratio").is_null());
    EXPECT_EQ(json.at("control").at("numerator"), "kernel-spin");
}

}  // namespace
}  // namespace rxlab::bench
