// SPDX-License-Identifier: MIT
#include <rxlab/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace rxlab::latency {
namespace {

constexpr double kPercentiles[] = {0.001, 1,  5,    10,   25,    50,     75,     90,
                                   95,    99, 99.5, 99.9, 99.99, 99.999, 99.9999};

// Values spread over all magnitudes up to `highest`, like latencies with a long tail.
std::vector<std::uint64_t> random_values(std::mt19937_64& random, std::size_t n,
                                         std::uint64_t highest) {
    std::uniform_real_distribution<double> exponent{0.0, std::log2(static_cast<double>(highest))};
    std::vector<std::uint64_t> values(n);
    for (std::uint64_t& value : values) {
        value = std::min(highest, static_cast<std::uint64_t>(std::exp2(exponent(random))) - 1);
    }
    return values;
}

Histogram recorded(const std::vector<std::uint64_t>& values,
                   std::uint64_t highest = Histogram::kHighestDefault_ns, int digits = 3) {
    Histogram histogram{highest, digits};
    for (const std::uint64_t value : values) {
        histogram.record(value);
    }
    return histogram;
}

// The smallest value such that at least `percentile` % are <= it, from the sorted values.
// Percentiles have at most four decimals, so integers do it exactly.
std::uint64_t order_statistic(const std::vector<std::uint64_t>& sorted, double percentile) {
    const auto scaled = static_cast<std::uint64_t>(std::llround(percentile * 10'000));
    const std::uint64_t rank = (scaled * sorted.size() + 999'999) / 1'000'000;
    return sorted[std::max<std::uint64_t>(rank, 1) - 1];
}

class HistogramDigits : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Digits, HistogramDigits, testing::Range(1, 6));

TEST_P(HistogramDigits, PercentilesAreWithinThePromisedErrorOfTheOrderStatistic) {
    std::mt19937_64 random{static_cast<std::uint64_t>(GetParam())};
    const double error = std::pow(10.0, -GetParam());
    for (const std::size_t n : {1U, 2U, 7U, 100U, 1'000U, 20'000U}) {
        std::vector<std::uint64_t> values = random_values(random, n, Histogram::kHighestDefault_ns);
        const Histogram histogram = recorded(values, Histogram::kHighestDefault_ns, GetParam());
        std::ranges::sort(values);
        for (const double percentile : kPercentiles) {
            const std::uint64_t exact = order_statistic(values, percentile);
            const std::uint64_t found = histogram.value_at_percentile(percentile);
            ASSERT_GE(found, exact) << percentile << " % of " << n;
            ASSERT_LE(static_cast<double>(found - exact), static_cast<double>(exact) * error)
                << percentile << " % of " << n;
        }
    }
}

TEST_P(HistogramDigits, EveryPowerOfTwoAndItsNeighboursKeepThePromisedError) {
    const double error = std::pow(10.0, -GetParam());
    const Histogram empty{Histogram::kHighestMax_ns, GetParam()};
    Histogram histogram = empty;  // one for all, because new megabytes each time take seconds
    for (int bit = 1; bit < 48; ++bit) {
        for (const int offset : {-1, 0, 1}) {
            const std::uint64_t value =
                (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(offset);
            histogram = empty;
            histogram.record(value);
            histogram.record(Histogram::kHighestMax_ns);  // so that max() does not round for it
            const std::uint64_t found = histogram.value_at_percentile(50);
            ASSERT_EQ(found, histogram.highest_equivalent(value));
            ASSERT_GE(found, value);
            ASSERT_LE(static_cast<double>(found - value), static_cast<double>(value) * error);
            ASSERT_EQ(histogram.buckets().front().value, found);
        }
    }
}

TEST_P(HistogramDigits, SmallValuesAreExact) {
    std::uint64_t singly = 2;
    for (int i = 0; i < GetParam(); ++i) {
        singly *= 10;
    }
    const Histogram histogram{Histogram::kHighestDefault_ns, GetParam()};
    for (std::uint64_t value = 0; value < singly; ++value) {
        ASSERT_EQ(histogram.highest_equivalent(value), value);
    }
}

TEST(Histogram, BucketsGetTwiceAsWideAtEachPowerOfTwo) {
    const Histogram histogram;  // 2,048 values one by one
    EXPECT_EQ(histogram.highest_equivalent(2'047), 2'047U);
    EXPECT_EQ(histogram.highest_equivalent(2'048), 2'049U);
    EXPECT_EQ(histogram.highest_equivalent(4'095), 4'095U);
    EXPECT_EQ(histogram.highest_equivalent(4'096), 4'099U);
    EXPECT_EQ(histogram.highest_equivalent(8'191), 8'191U);
    EXPECT_EQ(histogram.highest_equivalent(8'192), 8'199U);
}

TEST(Histogram, IsAllZeroWhenEmpty) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.min(), 0U);
    EXPECT_EQ(histogram.max(), 0U);
    EXPECT_EQ(histogram.mean(), 0.0);
    EXPECT_EQ(histogram.stddev(), 0.0);
    EXPECT_EQ(histogram.saturated(), 0U);
    for (const double percentile : {0.0, 50.0, 99.9, 100.0}) {
        EXPECT_EQ(histogram.value_at_percentile(percentile), 0U);
    }
    EXPECT_EQ(histogram.count_above(0), 0U);
    EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, PercentileIsReachedByExactlyThatShareOfTheValues) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 1'000; ++value) {
        histogram.record(value);
    }
    EXPECT_EQ(histogram.value_at_percentile(50), 500U);
    EXPECT_EQ(histogram.value_at_percentile(50.05), 501U);
    EXPECT_EQ(histogram.value_at_percentile(99), 990U);
    EXPECT_EQ(histogram.value_at_percentile(99.9), 999U);
    EXPECT_EQ(histogram.value_at_percentile(99.91), 1'000U);
}

// 99.9 / 100 * 41,000 is a little more than 40,959 in floating point.
TEST(Histogram, PercentileIsNotMovedByTheRoundingOfItsDecimals) {
    Histogram histogram{100'000, 5};
    for (std::uint64_t value = 1; value <= 41'000; ++value) {
        histogram.record(value);
    }
    EXPECT_EQ(histogram.value_at_percentile(99.9), 40'959U);
}

TEST(Histogram, PercentilesOutsideTheRangeAreMinimumAndMaximum) {
    const Histogram histogram = recorded({7'001, 9'001, 1'000'001});
    EXPECT_EQ(histogram.value_at_percentile(0), 7'001U);
    EXPECT_EQ(histogram.value_at_percentile(-1), 7'001U);
    EXPECT_EQ(histogram.value_at_percentile(std::nan("")), 7'001U);
    EXPECT_EQ(histogram.value_at_percentile(100), 1'000'001U);
    EXPECT_EQ(histogram.value_at_percentile(1e9), 1'000'001U);
}

TEST(Histogram, NoPercentileExceedsTheMaximum) {
    const Histogram histogram = recorded({1'000'000});
    ASSERT_GT(histogram.highest_equivalent(1'000'000), 1'000'000U);
    EXPECT_EQ(histogram.value_at_percentile(50), 1'000'000U);
}

TEST(Histogram, MinimumAndMaximumAreExact) {
    const Histogram histogram = recorded({123'456'789, 55'555'555, 99'999'999});
    EXPECT_EQ(histogram.min(), 55'555'555U);
    EXPECT_EQ(histogram.max(), 123'456'789U);
}

TEST(Histogram, MeanAndDeviationAreThoseOfTheValues) {
    std::mt19937_64 random{5};
    const std::vector<std::uint64_t> values = random_values(random, 5'000, 1'000'000'000);
    const Histogram histogram = recorded(values);
    long double sum = 0;
    for (const std::uint64_t value : values) {
        sum += static_cast<long double>(value);
    }
    const long double mean = sum / static_cast<long double>(values.size());
    long double squares = 0;
    for (const std::uint64_t value : values) {
        const long double difference = static_cast<long double>(value) - mean;
        squares += difference * difference;
    }
    const double deviation =
        static_cast<double>(std::sqrt(squares / static_cast<long double>(values.size())));
    EXPECT_NEAR(histogram.mean(), static_cast<double>(mean), 1e-6);
    EXPECT_NEAR(histogram.stddev(), deviation, deviation * 1e-12);
}

TEST(Histogram, SmallDeviationOfHugeValuesIsNotLostInRounding) {
    Histogram histogram{Histogram::kHighestMax_ns, 3};
    const std::uint64_t base = Histogram::kHighestMax_ns - 10;
    for (const std::uint64_t offset : {2U, 4U, 4U, 4U, 5U, 5U, 7U, 9U}) {
        histogram.record(base + offset, 1'000'000);
    }
    EXPECT_EQ(histogram.mean(), static_cast<double>(base + 5));
    EXPECT_NEAR(histogram.stddev(), 2.0, 1e-9);
}

TEST(Histogram, RecordWithACountIsThatManyRecords) {
    Histogram one_by_one;
    Histogram at_once;
    for (int i = 0; i < 17; ++i) {
        one_by_one.record(123'456);
    }
    at_once.record(123'456, 17);
    at_once.record(5, 0);
    EXPECT_EQ(one_by_one, at_once);
}

TEST(Histogram, MergedHistogramEqualsOneThatRecordedAll) {
    std::mt19937_64 random{11};
    for (int round = 0; round < 20; ++round) {
        const auto first = random_values(random, 1 + random() % 500, 100'000'000'000);
        const auto second = random_values(random, random() % 500, 100'000'000'000);
        std::vector<std::uint64_t> all = first;
        all.insert(all.end(), second.begin(), second.end());
        Histogram merged = recorded(first);
        merged.merge(recorded(second));
        ASSERT_EQ(merged, recorded(all));
        ASSERT_EQ(merged.mean(), recorded(all).mean());
    }
}

TEST(Histogram, MergeRefusesAnotherRangeOrPrecision) {
    Histogram histogram{1'000'000, 3};
    EXPECT_THROW(histogram.merge(Histogram{2'000'000, 3}), std::invalid_argument);
    EXPECT_THROW(histogram.merge(Histogram{1'000'000, 2}), std::invalid_argument);
}

TEST(Histogram, ValuesAboveTheRangeAreCountedNotLost) {
    Histogram histogram{1'000'000, 3};
    histogram.record(1'000'000);
    EXPECT_EQ(histogram.saturated(), 0U);
    histogram.record(1'000'001);
    histogram.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(histogram.saturated(), 2U);
    EXPECT_EQ(histogram.count(), 3U);
    EXPECT_EQ(histogram.max(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(histogram.mean(), 1'000'000.0);
    EXPECT_EQ(histogram.value_at_percentile(33), 1'000'000U | 511U);
}

TEST(Histogram, PercentileAmongSaturatedValuesIsTheMaximum) {
    Histogram histogram{1'000'000, 3};
    histogram.record(10, 90);
    histogram.record(5'000'000, 5);
    histogram.record(7'000'000, 5);
    EXPECT_EQ(histogram.value_at_percentile(90), 10U);
    EXPECT_EQ(histogram.value_at_percentile(91), 7'000'000U);
}

TEST(Histogram, CountAboveCountsWhatLiesInHigherBuckets) {
    Histogram histogram{1'000'000, 3};
    histogram.record(100, 3);
    histogram.record(200, 4);
    histogram.record(1'000'000, 5);
    histogram.record(2'000'000, 6);
    EXPECT_EQ(histogram.count_above(0), 18U);
    EXPECT_EQ(histogram.count_above(99), 18U);
    EXPECT_EQ(histogram.count_above(100), 15U);
    EXPECT_EQ(histogram.count_above(200), 11U);
    EXPECT_EQ(histogram.count_above(1'000'000), 6U);
    EXPECT_EQ(histogram.count_above(1'999'999), 6U);
    EXPECT_EQ(histogram.count_above(2'000'000), 0U);
}

Histogram from_buckets(const std::vector<HistogramBucket>& buckets, Histogram into = Histogram{}) {
    for (const HistogramBucket& bucket : buckets)
        into.record(bucket.value, bucket.count);
    return into;
}

TEST(Histogram, BucketsRebuildTheHistogramWithinItsPrecision) {
    std::mt19937_64 random{21};
    for (int round = 0; round < 20; ++round) {
        const Histogram original =
            recorded(random_values(random, 1 + random() % 3'000, 100'000'000'000));
        const Histogram rebuilt = from_buckets(original.buckets());
        ASSERT_EQ(rebuilt.buckets(), original.buckets());
        ASSERT_EQ(rebuilt.count(), original.count());
        ASSERT_EQ(rebuilt.saturated(), original.saturated());
        ASSERT_NEAR(rebuilt.mean(), original.mean(), original.mean() * 1e-3);
        for (const double percentile : kPercentiles) {
            const auto expected = static_cast<double>(original.value_at_percentile(percentile));
            ASSERT_NEAR(static_cast<double>(rebuilt.value_at_percentile(percentile)), expected,
                        expected * 1e-3);
        }
    }
}

TEST(Histogram, BucketsAtTheEndOfTheRangeDoNotBecomeSaturated) {
    Histogram original{1'000'000, 1};  // the last bucket reaches beyond the range
    original.record(1'000'000, 3);
    original.record(1'000'001, 2);
    const std::vector<HistogramBucket> expected{{1'000'000, 3}, {1'000'001, 2}};
    EXPECT_EQ(original.buckets(), expected);
    EXPECT_EQ(from_buckets(expected, Histogram{1'000'000, 1}), original);
}

TEST(Histogram, RefusesImpossibleRangesAndPrecisions) {
    EXPECT_THROW(Histogram(1, 3), std::invalid_argument);
    EXPECT_THROW(Histogram(Histogram::kHighestMax_ns + 1, 3), std::invalid_argument);
    EXPECT_THROW(Histogram(1'000, 0), std::invalid_argument);
    EXPECT_THROW(Histogram(1'000, 6), std::invalid_argument);
    EXPECT_NO_THROW(Histogram(2, 1));
}

}  // namespace
}  // namespace rxlab::latency
