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
    summarise(receiver, latency::Histogram{}, {});
    return receiver;
}

const Ratio& ratio_of(const std::vector<Ratio>& ratios, Figure figure) {
    return *std::find_if(ratios.begin(), ratios.end(),
                         [&](const Ratio& ratio) { return ratio.figure == figure; });
}

TEST(Summary, IsMedianAndRangeOverRounds) {
    const ReceiverResult receiver = receiver_with("a", {30, 10, 20, 40});
    const Summary& p50 = receiver.figures.at(Figure::p50);
    EXPECT_EQ(p50.value, 25);
    EXPECT_EQ(p50.min, 10);
    EXPECT_EQ(p50.max, 40);
    EXPECT_FALSE(p50.pooled);
}

TEST(Summary, OfTheMaximumIsTheMaximumOfAllRounds) {
    const ReceiverResult receiver = receiver_with("a", {30, 10, 20});
    EXPECT_EQ(receiver.figures.at(Figure::max).value, 600);
    EXPECT_EQ(receiver.figures.at(Figure::max).min, 200);
}

TEST(Summary, IsNothingWhereOneRoundHasNoFigure) {
    const std::vector<std::optional<double>> values{1.0, std::nullopt, 3.0};
    EXPECT_FALSE(over_rounds(values).value);
}

TEST(Summary, PoolsAPercentileThatOnlyAllRoundsTogetherSupport) {
    ReceiverResult receiver = receiver_with("a", {10, 10});
    latency::Histogram pooled;
    pooled.record(500, 100'000);
    summarise(receiver, pooled, {});
    const Summary& p999 = receiver.figures.at(Figure::p999);
    EXPECT_EQ(p999.value, 500);
    EXPECT_TRUE(p999.pooled);
    EXPECT_FALSE(p999.min);
    EXPECT_FALSE(receiver.figures.at(Figure::p9999).value);
    EXPECT_FALSE(receiver.figures.at(Figure::p9999).pooled);
    EXPECT_FALSE(receiver.figures.at(Figure::p50).pooled) << "every round supports it";
}

TEST(Summary, DoesNotPoolWhatTheRoundsTogetherDoNotSupport) {
    ReceiverResult receiver = receiver_with("a", {10, 10});
    latency::Histogram pooled;
    pooled.record(500, 99'999);
    summarise(receiver, pooled, {});
    EXPECT_FALSE(receiver.figures.at(Figure::p999).value);
}

TEST(Summary, ShowsTheTimelineOfTheMedianRun) {
    ReceiverResult receiver = receiver_with("a", {30, 10, 20});
    const std::vector<Timeline> timelines{{1, 0.1, {}}, {2, 0.1, {}}, {3, 0.1, {}}};
    summarise(receiver, latency::Histogram{}, timelines);
    EXPECT_EQ(receiver.timeline.round, 3);
}

TEST(Summary, KeepsTheHistogramsBuckets) {
    ReceiverResult receiver = receiver_with("a", {10});
    latency::Histogram pooled;
    pooled.record(7, 3);
    pooled.record(9, 1);
    summarise(receiver, pooled, {});
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{{7, 3}, {9, 1}};
    EXPECT_EQ(receiver.histogram.buckets, expected);
}

TEST(Ratios, AreMediansOfTheRatiosWithinRounds) {
    const std::vector receivers{receiver_with("slow", {20, 60, 40, 80, 100, 120}),
                                receiver_with("fast", {10, 20, 10, 20, 20, 20})};
    const std::vector<Ratio> ratios = ratios_between(receivers, 0.95);
    const Ratio& p50 = ratio_of(ratios, Figure::p50);  // 2 3 4 4 5 6
    EXPECT_EQ(p50.numerator, "slow");
    EXPECT_EQ(p50.denominator, "fast");
    EXPECT_EQ(p50.value, 4);
    EXPECT_EQ(p50.low, 2);
    EXPECT_EQ(p50.high, 6);
    EXPECT_EQ(p50.confidence, 0.96875);
    EXPECT_EQ(p50.difference, true);
}

TEST(Ratios, SayNoDifferenceWhereTheIntervalHoldsOne) {
    const std::vector receivers{receiver_with("a", {11, 10, 12, 10, 9, 10}),
                                receiver_with("b", {10, 10, 10, 10, 10, 10})};
    EXPECT_EQ(ratio_of(ratios_between(receivers, 0.95), Figure::p50).difference, false);
}

TEST(Ratios, SeeADifferenceBelowOneToo) {
    const std::vector receivers{receiver_with("a", {5, 5, 5, 5, 5, 5}),
                                receiver_with("b", {10, 10, 10, 10, 10, 10})};
    EXPECT_EQ(ratio_of(ratios_between(receivers, 0.95), Figure::p50).difference, true);
}

TEST(Ratios, HaveNoIntervalBelowSixRounds) {
    const std::vector receivers{receiver_with("a", {20, 20, 20, 20, 20}),
                                receiver_with("b", {10, 10, 10, 10, 10})};
    const std::vector<Ratio> ratios = ratios_between(receivers, 0.95);
    const Ratio& p50 = ratio_of(ratios, Figure::p50);
    EXPECT_EQ(p50.value, 2);
    EXPECT_FALSE(p50.low || p50.high || p50.confidence || p50.difference);
}

TEST(Ratios, OfPooledFiguresAreMarkedAndHaveNoInterval) {
    latency::Histogram slow, fast;
    slow.record(800, 200'000);
    fast.record(200, 200'000);
    std::vector receivers{receiver_with("a", {20, 20, 20, 20, 20, 20}),
                          receiver_with("b", {10, 10, 10, 10, 10, 10})};
    summarise(receivers[0], slow, {});
    summarise(receivers[1], fast, {});
    const std::vector<Ratio> ratios = ratios_between(receivers, 0.95);
    const Ratio& p999 = ratio_of(ratios, Figure::p999);
    EXPECT_TRUE(p999.pooled);
    EXPECT_NEAR(*p999.value, 4, 0.01);
    EXPECT_FALSE(p999.low);
}

TEST(Ratios, CoverEveryPairInTheListsOrder) {
    const std::vector receivers{receiver_with("a", {3}), receiver_with("b", {2}),
                                receiver_with("c", {1})};
    std::vector<std::string> pairs;
    for (const Ratio& ratio : ratios_between(receivers, 0.95)) {
        if (ratio.figure == Figure::p50) pairs.push_back(ratio.numerator + ratio.denominator);
    }
    EXPECT_EQ(pairs, (std::vector<std::string>{"ab", "ac", "bc"}));
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
