// SPDX-License-Identifier: MIT
#include "bench/analysis/ratios.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace rxlab::bench {
namespace {

using latency::Histogram;

constexpr std::size_t kManyRounds = 20;
constexpr int kPacketsOfRound = 2'000;

// A receiver on a machine whose rounds differ: each round has its own pace, and, with `stolen`, in
// some of them 3% of the packets wait for a core.
std::vector<Histogram> rounds_of(double median_ns, std::uint64_t seed, double stolen = 0,
                                 std::size_t count = kManyRounds) {
    std::mt19937_64 random{seed};
    std::lognormal_distribution<double> noise{0, 0.2}, pace{0, 0.02};
    std::uniform_real_distribution<double> uniform{0, 1};
    std::vector<Histogram> rounds(count);
    for (Histogram& round : rounds) {
        const double of_round = median_ns * pace(random);
        const double waiting = uniform(random) < stolen ? 0.03 : 0;
        for (int i = 0; i < kPacketsOfRound; ++i) {
            const double late = uniform(random) < waiting ? 1e6 * uniform(random) : 0;
            round.record(static_cast<std::uint64_t>(of_round * noise(random) + late));
        }
    }
    return rounds;
}

ReceiverRounds receiver(const std::string& name, const std::vector<Histogram>& rounds) {
    return {name, Rounds{rounds}};
}

const Ratio& find(const std::vector<Ratio>& ratios, Figure figure) {
    return *std::ranges::find(ratios, figure, &Ratio::figure);
}

TEST(Rounds, HaveTheFiguresOfTheMergedHistograms) {
    const std::vector<Histogram> rounds = rounds_of(3'000, 1, 0.5);
    Histogram merged;
    for (const Histogram& round : rounds)
        merged.merge(round);
    const Figures expected = figures_of(merged);
    const Rounds all{rounds};
    for (const Figure figure : kAllFigures) {
        if (figure == Figure::max) continue;
        const auto found = all.figure(figure);
        ASSERT_EQ(found.has_value(), expected[figure].has_value()) << to_string(figure);
        if (!found) continue;
        EXPECT_NEAR(*found, *expected[figure], 1e-6 * *found) << to_string(figure);
    }
}

TEST(Rounds, CountEachAsOftenAsItWasDrawn) {
    const std::vector<Histogram> rounds = rounds_of(3'000, 2, 0.5, 5);
    const std::vector<std::uint32_t> weights{2, 0, 1, 0, 2};
    Histogram merged;
    for (std::size_t i = 0; i < rounds.size(); ++i)
        for (std::uint32_t times = 0; times < weights[i]; ++times)
            merged.merge(rounds[i]);
    const Rounds all{rounds};
    for (const double percent : {50.0, 90.0, 99.0, 99.9}) {
        const Figure figure = percent == 50.0   ? Figure::p50
                              : percent == 90.0 ? Figure::p90
                              : percent == 99.0 ? Figure::p99
                                                : Figure::p999;
        EXPECT_EQ(all.figure(figure, weights), merged.value_at_percentile(percent)) << percent;
    }
    EXPECT_NEAR(*all.figure(Figure::stddev, weights), merged.stddev(), 1e-6 * merged.stddev());
}

TEST(Rounds, WithoutTheSlowestPacketsHaveTheFiguresOfTheRest) {
    std::vector<Histogram> rounds(2), rest(2);
    for (std::uint64_t value = 1; value <= 1'000; ++value) {
        rounds[value % 2].record(value, 20);
        if (value <= 970) rest[value % 2].record(value, 20);
    }
    const Rounds all{rounds}, fastest{rest};
    for (const Figure figure : kAllFigures) {
        if (figure == Figure::max) continue;
        const auto found = all.figure(figure, 3), expected = fastest.figure(figure);
        ASSERT_EQ(found.has_value(), expected.has_value()) << to_string(figure);
        if (!found) continue;
        EXPECT_NEAR(*found, *expected, 1e-2 * *expected) << to_string(figure);
    }
    EXPECT_FALSE(all.figure(Figure::p50, 100)) << "none is left";
}

TEST(Rounds, WithoutPacketsHaveNoFigures) {
    const Rounds none{std::vector<Histogram>(3)};
    EXPECT_FALSE(none.figure(Figure::p50));
    EXPECT_FALSE(Rounds{}.figure(Figure::mean));
}

TEST(Ratios, AreDifferentWhereTheRunCanCarryIt) {
    const std::vector receivers{receiver("slow", rounds_of(6'000, 1)),
                                receiver("fast", rounds_of(3'000, 2))};
    const ReceiverRounds again = receiver("fast", rounds_of(3'000, 3));
    const Comparison comparison = compare_rounds(receivers, &again, 0.95, 1);
    const Ratio& p50 = find(comparison.ratios, Figure::p50);
    EXPECT_EQ(p50.numerator, "slow");
    EXPECT_EQ(p50.denominator, "fast");
    EXPECT_EQ(p50.verdict, RatioVerdict::different);
    EXPECT_NEAR(*p50.value, 2, 0.05);
    EXPECT_LT(*p50.low, 2.0);
    EXPECT_GT(*p50.high, 1.95);
    EXPECT_LT(*p50.smallest, 1.05);
}

TEST(Ratios, AreTheInverseOfEachOther) {
    const auto slow = receiver("slow", rounds_of(6'000, 1)),
               fast = receiver("fast", rounds_of(3'000, 2));
    const auto there = compare_rounds(std::vector{slow, fast}, nullptr, 0.95, 1);
    const auto back = compare_rounds(std::vector{fast, slow}, nullptr, 0.95, 1);
    const Ratio &a = find(there.ratios, Figure::p99), &b = find(back.ratios, Figure::p99);
    EXPECT_NEAR(*a.value, 1 / *b.value, 1e-9);
    EXPECT_NEAR(*a.low, 1 / *b.high, 1e-6);
}

TEST(Ratios, AreEqualWithinWhatTheIntervalAndTheControlShow) {
    const std::vector receivers{receiver("a", rounds_of(3'000, 1)),
                                receiver("b", rounds_of(3'000, 2))};
    const ReceiverRounds again = receiver("a", rounds_of(3'000, 3));
    const Comparison comparison = compare_rounds(receivers, &again, 0.95, 1);
    const Ratio& p50 = find(comparison.ratios, Figure::p50);
    EXPECT_EQ(p50.verdict, RatioVerdict::equal);
    EXPECT_GE(*p50.within_percent, 100 * (*p50.smallest - 1) - 1e-9);
    EXPECT_LT(*p50.within_percent, 10);
}

// A tail that is the machine's: whatever the ratio looks like, it is no difference.
TEST(Ratios, AreNotTakenForDifferencesBelowWhatTheControlShows) {
    int different = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const std::vector receivers{receiver("a", rounds_of(3'000, 10 * seed, 0.3)),
                                    receiver("b", rounds_of(3'000, 10 * seed + 1, 0.3))};
        const ReceiverRounds again = receiver("a", rounds_of(3'000, 10 * seed + 2, 0.3));
        const Comparison comparison = compare_rounds(receivers, &again, 0.95, seed);
        const auto is_different = [](const Ratio& ratio) {
            return ratio.verdict == RatioVerdict::different;
        };
        different += std::ranges::any_of(comparison.ratios, is_different) ? 1 : 0;
        const Ratio& p99 = find(comparison.ratios, Figure::p99);
        EXPECT_FALSE(p99.verdict == RatioVerdict::equal && *p99.smallest > 1.1);
    }
    EXPECT_LE(different, 3);
}

// However clear the ratio is by itself.
TEST(Ratios, OfLessThanTheControlShowsAreNoDifferences) {
    const std::vector receivers{receiver("a", rounds_of(3'900, 1)),
                                receiver("b", rounds_of(3'000, 2))};
    const ReceiverRounds steady = receiver("b", rounds_of(3'000, 3));
    const ReceiverRounds unsteady = receiver("b", rounds_of(4'500, 3));
    const auto verdict = [&](const ReceiverRounds& again) {
        return find(compare_rounds(receivers, &again, 0.95, 1).ratios, Figure::p50).verdict;
    };
    EXPECT_EQ(verdict(steady), RatioVerdict::different);
    EXPECT_EQ(verdict(unsteady), RatioVerdict::cannot_tell);
}

TEST(Ratios, AreJudgedAmongAllOthers) {
    std::vector receivers{receiver("a", rounds_of(3'000, 1)), receiver("b", rounds_of(3'020, 2))};
    const double alone = *find(compare_rounds(receivers, nullptr, 0.95, 1).ratios, Figure::p50).p;
    receivers.push_back(receiver("c", rounds_of(3'010, 4)));
    const double among = *find(compare_rounds(receivers, nullptr, 0.95, 1).ratios, Figure::p50).p;
    EXPECT_LT(alone, 1);
    EXPECT_GT(among, alone);
}

TEST(Ratios, OfAReceiverAndItselfAreSeldomDifferent) {
    int different = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const std::vector receivers{receiver("a", rounds_of(3'000, 10 * seed, 0.2))};
        const ReceiverRounds again = receiver("a", rounds_of(3'000, 10 * seed + 1, 0.2));
        const Comparison comparison = compare_rounds(receivers, &again, 0.95, seed);
        EXPECT_TRUE(comparison.ratios.empty());
        different += std::ranges::any_of(comparison.control, [](const Ratio& ratio) {
            return ratio.verdict == RatioVerdict::different;
        });
    }
    EXPECT_LE(different, 5);
}

// Disturbances that a round brings to both cancel.
TEST(Ratios, ArePairedByRound) {
    std::vector<Histogram> a, b;
    for (std::size_t round = 0; round < kManyRounds; ++round) {
        const double pace = round % 2 == 0 ? 1 : 4;
        a.push_back(rounds_of(6'000 * pace, 100 + round, 0, 1).front());
        b.push_back(rounds_of(3'000 * pace, 200 + round, 0, 1).front());
    }
    const std::vector receivers{receiver("a", a), receiver("b", b)};
    const Comparison comparison = compare_rounds(receivers, nullptr, 0.95, 1);
    const Ratio& stddev = find(comparison.ratios, Figure::stddev);
    EXPECT_LT(*stddev.high / *stddev.low, 1.25);
}

TEST(Ratios, HaveNoVerdictWithoutAControlNorBelowEightRounds) {
    const std::vector receivers{receiver("slow", rounds_of(6'000, 1)),
                                receiver("fast", rounds_of(3'000, 2))};
    const Ratio without = compare_rounds(receivers, nullptr, 0.95, 1).ratios.front();
    EXPECT_EQ(without.verdict, RatioVerdict::cannot_tell);
    EXPECT_TRUE(without.low);
    const std::vector few{receiver("slow", rounds_of(6'000, 1, 0, 7)),
                          receiver("fast", rounds_of(3'000, 2, 0, 7))};
    const ReceiverRounds again = receiver("fast", rounds_of(3'000, 3, 0, 7));
    const Ratio seven = compare_rounds(few, &again, 0.95, 1).ratios.front();
    EXPECT_EQ(seven.verdict, RatioVerdict::cannot_tell);
    EXPECT_TRUE(seven.value);
    EXPECT_FALSE(seven.low || seven.p || seven.smallest);
}

class RatiosOfLowerBounds : public testing::Test {
  protected:
    // `pace` times as slow as "fast", which is the control as well. Its undisturbed p99 is a bound.
    [[nodiscard]] static ReceiverRounds bounded(double pace, double stolen = 0) {
        ReceiverRounds rounds = receiver("sleeps", rounds_of(3'000 * pace, 1, stolen));
        rounds.undisturbed = rounds.rounds;
        rounds.at_least = {Figure::p99};
        rounds.late_percent = 4;
        return rounds;
    }
    [[nodiscard]] static ReceiverRounds fast(std::uint64_t seed) {
        ReceiverRounds rounds = receiver("fast", rounds_of(3'000, seed));
        rounds.undisturbed = rounds.rounds;
        return rounds;
    }
    [[nodiscard]] static Comparison compare(const std::vector<ReceiverRounds>& receivers,
                                            const ReceiverRounds& again) {
        return compare_rounds(receivers, &again, 0.95, 1);
    }
};

TEST_F(RatiosOfLowerBounds, AreLowerBounds) {
    const Comparison with = compare({bounded(2, 1), fast(2)}, fast(3));
    const Ratio &p99 = find(with.undisturbed, Figure::p99),
                &p50 = find(with.undisturbed, Figure::p50);
    EXPECT_TRUE(p99.at_least.value_or(false));
    EXPECT_EQ(p99.verdict, RatioVerdict::different);
    EXPECT_GT(*p99.low, 1.6);
    EXPECT_LT(*p99.value, 2.1) << "3% of its packets wait for a core";
    EXPECT_LT(*p99.high, 2.2);
    EXPECT_FALSE(p50.at_least);
    const Ratio& plain = find(with.ratios, Figure::p99);
    EXPECT_FALSE(plain.at_least);
    EXPECT_GT(*plain.value, 10);
}

TEST_F(RatiosOfLowerBounds, AreNeverEqualNorBelowOne) {
    for (const double pace : {1.145, 0.3}) {  // without 4% of its packets: 1.0 and 0.26
        const Comparison with = compare({bounded(pace), fast(2)}, fast(3));
        const Ratio& p99 = find(with.undisturbed, Figure::p99);
        ASSERT_TRUE(p99.value);
        EXPECT_NEAR(*p99.value, pace * 0.873, 0.03);
        EXPECT_EQ(p99.verdict, RatioVerdict::cannot_tell) << pace;
        EXPECT_NE(find(with.undisturbed, Figure::p50).verdict, RatioVerdict::cannot_tell) << pace;
    }
}

TEST_F(RatiosOfLowerBounds, AreNoneBelowTheLineNorInAControl) {
    const Comparison below = compare({fast(2), bounded(2)}, fast(3));
    EXPECT_FALSE(find(below.undisturbed, Figure::p99).value);
    EXPECT_TRUE(find(below.undisturbed, Figure::p50).value);
    const Comparison control = compare({bounded(2), fast(2)}, bounded(2));
    EXPECT_FALSE(find(control.undisturbed_control, Figure::p99).value);
    EXPECT_FALSE(find(control.undisturbed, Figure::p99).smallest);
    EXPECT_TRUE(find(control.undisturbed_control, Figure::p50).value);
}

TEST(Ratios, CoverEveryPairInTheListsOrder) {
    const std::vector receivers{receiver("a", rounds_of(3, 1, 0, 2)),
                                receiver("b", rounds_of(2, 2, 0, 2)),
                                receiver("c", rounds_of(1, 3, 0, 2))};
    std::vector<std::string> pairs;
    for (const Ratio& ratio : compare_rounds(receivers, nullptr, 0.95, 1).ratios)
        if (ratio.figure == Figure::p50) pairs.push_back(ratio.numerator + ratio.denominator);
    EXPECT_EQ(pairs, (std::vector<std::string>{"ab", "ac", "bc"}));
}

TEST(Ratios, OfWhatIsZeroAreNone) {
    std::vector<Histogram> same(kManyRounds);
    for (Histogram& round : same)
        round.record(500, 20'000);  // no deviation
    const std::vector receivers{receiver("a", same), receiver("b", same)};
    const Ratio stddev = find(compare_rounds(receivers, nullptr, 0.95, 1).ratios, Figure::stddev);
    EXPECT_FALSE(stddev.value);
}

// The pace of a round is off by 2%, so the median of 20 rounds is known to about 1%.
TEST(Intervals, OfAFigureHoldItAndAreAsWideAsTheRoundsDiffer) {
    const auto interval = [](const std::vector<Histogram>& rounds, Figure figure) {
        const std::vector<ReceiverRounds> one{receiver("kernel-spin", rounds)};
        const Comparison comparison = compare_rounds(one, nullptr, 0.95, 1);
        return comparison.intervals.at(0).at(figure);
    };
    int holds = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Interval p50 = interval(rounds_of(3'000, seed), Figure::p50);
        holds += p50.low < 3'000 && p50.high > 3'000;
        EXPECT_LT(p50.high / p50.low, 1.04);
        EXPECT_GT(p50.high / p50.low, 1.005);
    }
    EXPECT_GE(holds, 16) << "19 of 20 on average";
    const Interval tail = interval(rounds_of(3'000, 1, 0.3), Figure::p99);
    EXPECT_GT(tail.high / tail.low, 2) << "its rounds differ";
    const std::vector<ReceiverRounds> few{receiver("kernel-spin", rounds_of(3'000, 1, 0, 7))};
    EXPECT_TRUE(compare_rounds(few, nullptr, 0.95, 1).intervals.at(0).empty());
}

}  // namespace
}  // namespace rxlab::bench
