// SPDX-License-Identifier: MIT
#include "bench/experiments/sins.hpp"

#include "bench/report/tables.hpp"
#include "synthetic.hpp"

#include <rxlab/program/files.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace rxlab::bench {
namespace {

using synthetic::ticks;

constexpr std::size_t kRunPackets = 20'000;

// A packet each 100 µs that takes 10 µs to the receiver and 1 µs to the book; the sender stalls for
// 2 ms once in 20 ms, and catches up. `slower`: how much longer the path takes.
Joined run_with(double slower_ns) {
    synthetic::Traces traces = synthetic::empty_traces();
    double sender_free_ns = 0, receiver_free_ns = 0;
    for (std::size_t i = 0; i < kRunPackets; ++i) {
        const double intended = 1e6 + 1e5 * static_cast<double>(i);
        double sent = std::max(intended + 50, sender_free_ns);
        if (i % 200 == 100) sent += 2e6;
        sender_free_ns = sent + 500;
        const double received = std::max(sent + 10'000 + slower_ns, receiver_free_ns);
        receiver_free_ns = received + 1'000;
        traces.sender.push_back({i + 1, ticks(intended), ticks(sent), 0, 0, 1});
        traces.receiver.push_back({i + 1, ticks(received), ticks(receiver_free_ns), 0, 0, 1});
    }
    return join(traces.sender_view(), traces.receiver_view(), {0, 0, true});
}

const std::vector<SinFigures>& sins() {
    static const std::vector<SinFigures> figures = [] {
        RecordedSeries series{"test", {}};
        for (double slower_ns : {0.0, 3'000.0, 6'000.0})
            series.runs.push_back(run_with(slower_ns));
        return commit_sins(series);
    }();
    return figures;
}

const SinFigures& of(const std::string& name) {
    const auto found = std::find_if(sins().begin(), sins().end(),
                                    [&](const SinFigures& each) { return each.sin == name; });
    if (found == sins().end()) throw std::runtime_error("no sin " + name);
    return *found;
}

TEST(Sins, BeginWithTheTruth) {
    const SinFigures honest = of("honest");
    EXPECT_EQ(sins().front().sin, "honest");
    EXPECT_NEAR(*honest.p50_ns, 14'050, 20) << "half of the packets of three runs";
    EXPECT_GT(*honest.p99_ns, 1e6) << "the stalls";
    EXPECT_GT(*honest.max_ns, 2e6);
}

TEST(Sins, HideTheSendersStallsByCountingFromTheSend) {
    EXPECT_LT(*of("latency from actual send").p99_ns, 30'000);
    EXPECT_GT(*of("honest").p99_ns / *of("latency from actual send").p99_ns, 30);
}

TEST(Sins, HideQueuesByWaitingForAnswers) {
    EXPECT_NEAR(*of("half round trip").p99_ns, 17'000, 20);
    EXPECT_NEAR(*of("half round trip").max_ns, 17'000, 20);
}

TEST(Sins, HideTheTailInAMean) {
    EXPECT_FALSE(of("mean instead of percentiles").p50_ns);
    EXPECT_LT(*of("mean instead of percentiles").p99_ns, *of("honest").p99_ns / 2);
}

TEST(Sins, DropTheSlowestPercent) {
    EXPECT_LT(*of("losers dropped").max_ns, *of("honest").max_ns);
}

TEST(Sins, StopTheClockBeforeThePayloadIsRead) {
    EXPECT_NEAR(*of("honest").p50_ns - *of("payload not touched").p50_ns, 1'000, 20);
}

TEST(Sins, ChooseTheBestRun) {
    EXPECT_NEAR(*of("one lucky run").p50_ns, 11'050, 20);
}

// 20 runs of 600 packets: each alone has 6 packets beyond its p99, all of them have 120.
TEST(Sins, ArePutBesideAPercentileThatAllRunsTogetherSupport) {
    RecordedSeries series{"test", {}};
    for (int run = 0; run < 20; ++run) {
        series.runs.push_back(run_with(100.0 * run));
        series.runs.back().packets.resize(600);
    }
    const std::vector<SinFigures> figures = commit_sins(series);
    EXPECT_TRUE(figures.front().p99_ns.has_value());
    EXPECT_EQ(figures.back().sin, "one lucky run");
    EXPECT_TRUE(figures.back().p99_ns.has_value())
        << "who shows a lucky run does not count packets";
}

TEST(Sins, AreShownWithWhatTheyGain) {
    RecordedSeries series{"test", {}};
    series.runs.push_back(run_with(0));
    const Document document = document_of(sins_of({&series, 1}));
    ASSERT_EQ(document.sections.size(), 1U);
    EXPECT_EQ(document.sections[0].title, "test, 1 runs");
    const auto& rows = document.sections[0].tables[0].rows;
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_EQ(rows[0][4], "");
    EXPECT_EQ(rows[3][4], "–") << "a mean has no median";
    EXPECT_EQ(rows[1][5].back(), 'x');
}

// The file's figures are not rounded: what is made from it later is what was printed at once.
TEST(Sins, AreTheSameAfterAFile) {
    RecordedSeries series{"test", {}};
    series.runs.push_back(run_with(1'234.5));
    const Sins sins = sins_of({&series, 1});
    const auto file = std::filesystem::path(testing::TempDir()) / "sins.json";
    write_sins(file, sins);
    const Sins read = read_sins(file);
    EXPECT_EQ(to_markdown(document_of(read)), to_markdown(document_of(sins)));
    EXPECT_EQ(read.series[0].figures[1].p99_ns, sins.series[0].figures[1].p99_ns);
    EXPECT_FALSE(read.series[0].figures[3].p50_ns.has_value()) << "a mean has no median";
}

TEST(Sins, OfAnotherSchemaAreRefused) {
    const auto file = std::filesystem::path(testing::TempDir()) / "other-sins.json";
    program::write_file_atomically(file, R"({"schema": "rxlab.sins/0", "series": []})");
    EXPECT_THROW((void)read_sins(file), std::runtime_error);
}

}  // namespace
}  // namespace rxlab::bench
