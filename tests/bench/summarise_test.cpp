// SPDX-License-Identifier: MIT
#include "bench/analysis/summarise.hpp"

#include "synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rxlab::bench {
namespace {

Run run_with(std::int64_t round, double p50_ns, double p99_ns) {
    Run run;
    run.round = round;
    run.figures.latency[Figure::p50] = p50_ns;
    run.figures.latency[Figure::p99] = p99_ns;
    run.figures.latency[Figure::max] = 10 * p99_ns;
    return run;
}

ReceiverResult receiver_with(const std::string& name, const std::vector<double>& p50_of_round) {
    ReceiverResult receiver;
    receiver.name = name;
    std::int64_t round = 0;
    for (double p50_ns : p50_of_round) {
        receiver.runs.push_back(run_with(++round, p50_ns, 2 * p50_ns));
    }
    summarise(receiver, latency::Histogram{}, latency::Histogram{}, {}, {});
    return receiver;
}

TEST(Summary, IsOfAllPacketsTogetherWithTheRangeOverRounds) {
    ReceiverResult receiver = receiver_with("a", {30, 10, 20, 40});
    latency::Histogram pooled;
    pooled.record(25, 600);
    pooled.record(900, 1);
    summarise(receiver, pooled, latency::Histogram{}, {}, {});
    const Summary& p50 = receiver.figures.at(Figure::p50);
    EXPECT_EQ(p50.value, 25);
    EXPECT_EQ(p50.min, 10);
    EXPECT_EQ(p50.max, 40);
    EXPECT_EQ(receiver.figures.at(Figure::max).value, 900);
}

TEST(Summary, HasNoRangeWhereOneRoundHasNoFigure) {
    const std::vector<std::optional<double>> values{1.0, std::nullopt, 3.0};
    EXPECT_FALSE(over_rounds(values).value || over_rounds(values).min);
}

TEST(Summary, SupportsWhatAllRoundsTogetherDo) {
    ReceiverResult receiver = receiver_with("a", {10, 10});
    latency::Histogram pooled;
    pooled.record(500, 100'000);
    summarise(receiver, pooled, latency::Histogram{}, {}, {});
    EXPECT_EQ(receiver.figures.at(Figure::p999).value, 500);
    EXPECT_FALSE(receiver.figures.at(Figure::p999).min);
    EXPECT_FALSE(receiver.figures.at(Figure::p9999).value);
}

TEST(Summary, ShowsTheTimelineOfTheMedianRun) {
    ReceiverResult receiver = receiver_with("a", {30, 10, 20});
    const std::vector<Timeline> timelines{{1, 0.1, {}}, {2, 0.1, {}}, {3, 0.1, {}}};
    summarise(receiver, latency::Histogram{}, latency::Histogram{}, {}, timelines);
    EXPECT_EQ(receiver.timeline.round, 3);
}

TEST(Summary, KeepsTheHistogramsBuckets) {
    ReceiverResult receiver = receiver_with("a", {10});
    latency::Histogram pooled;
    pooled.record(7, 3);
    pooled.record(9, 1);
    summarise(receiver, pooled, latency::Histogram{}, {}, {});
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{{7, 3}, {9, 1}};
    EXPECT_EQ(receiver.histogram.buckets, expected);
}

TEST(RunFromTraces, CarriesLedgerFiguresAndStages) {
    const synthetic::Traces traces = synthetic::make_traces(1, 1, 20'000, 10'000, {});
    const auto run = run_from(join(traces.sender_view(), traces.receiver_view(), {}));
    EXPECT_EQ(run.ledger.received, 20'000U);
    EXPECT_EQ(run.figures.samples, 20'000U);
    EXPECT_NEAR(*run.figures.latency[Figure::p50], 1'225, 60);
    EXPECT_NEAR(*run.stages.path.p50_ns, 1'000, 40);
    EXPECT_NEAR(*run.stages.book.p50_ns, 150, 10);
}

}  // namespace
}  // namespace rxlab::bench
