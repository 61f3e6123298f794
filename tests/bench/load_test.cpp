// SPDX-License-Identifier: MIT
#include "bench/experiments/load.hpp"

#include "bench/run/candidates.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// A receiver that loses packets above `limit`, with a sender that keeps up until `sender_limit`.
struct MadeUp {
    double limit, sender_limit;
    int trials = 0;

    LoadPoint operator()(double rate) {
        ++trials;
        LoadPoint point;
        point.rate = rate;
        point.sent = 1'000;
        point.lost = rate > limit ? 10 : 0;
        point.sender_kept_up = rate <= sender_limit;
        point.p50_ns = 2'000 + rate / 100;
        point.p99_ns = 5'000 + rate / 10;
        point.max_ns = 1e6;
        return point;
    }
};

LoadSeries searched(MadeUp& receiver) {
    return search_limit({}, [&](double rate) { return receiver(rate); });
}

TEST(LoadSearch, FindsTheHighestRateWithoutLoss) {
    MadeUp receiver{137'000, 1e9};
    const LoadSeries series = searched(receiver);
    ASSERT_TRUE(series.lossless_pps);
    EXPECT_LE(*series.lossless_pps, 137'000);
    EXPECT_GT(*series.lossless_pps, 137'000 - 80'000 / 16.0 - 1)
        << "the last doubling's distance, halved four times";
    EXPECT_FALSE(series.is_sender_limited);
    EXPECT_EQ(series.points.size(), 5U + 4) << "10, 20, 40, 80, 160 thousand, and four halvings";
    EXPECT_GT(receiver.trials, 9) << "rates that fail are tried once more";
    EXPECT_LE(receiver.trials, 2 * 9);
    for (std::size_t i = 1; i < series.points.size(); ++i)
        EXPECT_LT(series.points[i - 1].rate, series.points[i].rate);
}

TEST(LoadSearch, SaysThatTheSenderWasTheLimit) {
    MadeUp receiver{1e9, 300'000};
    const LoadSeries series = searched(receiver);
    EXPECT_TRUE(series.is_sender_limited);
    EXPECT_LE(*series.lossless_pps, 300'000);
    MadeUp endless{1e9, 1e9};
    EXPECT_TRUE(searched(endless).is_sender_limited) << "the highest rate was not high enough";
    EXPECT_EQ(endless.trials, 8);
}

TEST(LoadSearch, FindsNothingWhereTheLowestRateLoses) {
    MadeUp receiver{5'000, 1e9};
    const LoadSeries series = searched(receiver);
    EXPECT_FALSE(series.lossless_pps);
    EXPECT_FALSE(series.is_sender_limited);
    EXPECT_EQ(receiver.trials, 2);
}

TEST(LoadSearch, ForgivesASingleStall) {
    int trials = 0;
    const LoadSeries series = search_limit({.rate_max = 80'000}, [&](double rate) {
        LoadPoint point;
        point.rate = rate;
        point.lost = ++trials == 3 ? 5 : 0;
        return point;
    });
    EXPECT_EQ(*series.lossless_pps, 80'000);
}

TEST(LoadSearch, TakesAFailedRunForALoss) {
    const LoadSeries series = search_limit({.halvings = 0}, [](double rate) {
        LoadPoint point;
        point.rate = rate;
        if (rate > 20'000) point.failure = "it saw no end of session";
        return point;
    });
    EXPECT_EQ(*series.lossless_pps, 20'000);
    EXPECT_FALSE(series.is_sender_limited);
}

TEST(MarketOpenTable, SaysHowOftenEachReceiverKeptUpAndWhatItLost) {
    LoadResult result;
    result.profile = kMarketOpen;
    int trials = 0;
    for (const char* name : {"kernel-spin", "dpdk-af_packet"}) {
        result.series.push_back(repeat(4, kMarketOpenPps, [&](double rate) {
            LoadPoint point;
            point.rate = rate;
            point.sent = 100'000;
            point.messages = 270'000;
            point.lost = std::string{name} == "kernel-spin" && ++trials <= 2 ? 250 : 0;
            point.p50_ns = 5'000;
            return point;
        }));
        result.series.back().title = name;
    }
    EXPECT_FALSE(result.series[0].lossless_pps);
    EXPECT_EQ(result.series[1].lossless_pps, kMarketOpenPps);
    std::string text = to_markdown(load_document(result));
    for (std::size_t at; (at = text.find("  ")) != std::string::npos;)
        text.erase(at, 1);  // what aligns the columns
    EXPECT_NE(text.find("| kernel-spin | 157000 | 423900 | 400000 | 500 | 0.125% | ~~5.00~~ | – | "
                        "– | 2 of 4 |"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("| 0 | 0.000% | 5.00 | – | – | 4 of 4 |"), std::string::npos) << text;
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    EXPECT_FALSE(draw_load(result, scratch.path()));
}

LoadResult three_series() {
    LoadResult result;
    result.created = "2026-01-31T12:00:00Z";
    result.testbed.name = "veth";
    result.left_out = {{"dpdk-af_xdp", "needs root"}};
    result.profile = "microburst";
    result.burst = 16;
    MadeUp slow{70'000, 1e9}, fast{1e9, 300'000};
    for (auto& [name, receiver] :
         {std::pair<std::string, MadeUp*>{"kernel-spin", &slow}, {"dpdk-af_packet", &fast}}) {
        result.series.push_back(searched(*receiver));
        result.series.back().name = name;
        result.series.back().title = candidate(name).title;
    }
    return result;
}

TEST(LoadTables, StrikeThroughWhatLostPackets) {
    const std::string text = to_markdown(load_document(three_series()));
    EXPECT_NE(text.find("bursts of 16 packets"), std::string::npos);
    EXPECT_NE(text.find("≥ "), std::string::npos);
    EXPECT_NE(text.find("| ~~2.80~~ |"), std::string::npos) << text;
    EXPECT_NE(text.find("fell behind"), std::string::npos);
    EXPECT_NE(text.find("or the search went no higher (--rate-max)"), std::string::npos) << text;
    EXPECT_NE(text.find("The limit may be up to 6.25% higher"), std::string::npos) << text;
    EXPECT_NE(text.find("the kernel has made the frame"), std::string::npos) << text;
    EXPECT_NE(text.find("Left out: dpdk-af_xdp: needs root"), std::string::npos) << text;
}

TEST(LoadFile, HoldsEveryPoint) {
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    const LoadResult result = three_series();
    write_load(scratch.path() / "load.json", result);
    const auto json = nlohmann::json::parse(program::read_file(scratch.path() / "load.json"));
    EXPECT_EQ(json["schema"], "rxlab.load/1");
    EXPECT_EQ(json["testbed"]["name"], "veth");
    EXPECT_EQ(json["candidates_left_out"][0]["name"], "dpdk-af_xdp");
    ASSERT_EQ(json["series"].size(), 2U);
    EXPECT_EQ(json["series"][0]["points"].size(), result.series[0].points.size());
    EXPECT_TRUE(json["series"][1]["is_sender_limited"]);
}

TEST(LoadPlot, DrawsNoPointThatLostPackets) {
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    const auto path = draw_load(three_series(), scratch.path());
    ASSERT_TRUE(path);
    const std::string svg = program::read_file(*path);
    EXPECT_NE(svg.find("Kernel socket, spinning"), std::string::npos);
    EXPECT_NE(svg.find("the kernel has made the frame"), std::string::npos);
    LoadResult lossy = three_series();
    for (LoadSeries& series : lossy.series) {
        for (LoadPoint& point : series.points)
            point.lost = 1;
    }
    EXPECT_FALSE(draw_load(lossy, scratch.path()));
}

}  // namespace
}  // namespace rxlab::bench
