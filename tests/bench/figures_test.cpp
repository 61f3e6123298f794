// SPDX-License-Identifier: MIT
#include "bench/result/figures.hpp"

#include <rxlab/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace rxlab::bench {
namespace {

latency::Histogram ramp(std::uint64_t samples) {
    latency::Histogram histogram;
    for (std::uint64_t i = 1; i <= samples; ++i)
        histogram.record(i);
    return histogram;
}

TEST(Percentile, NeedsAHundredSamplesBeyondIt) {
    EXPECT_TRUE(percentile_is_supported(50, 200));
    EXPECT_FALSE(percentile_is_supported(50, 199));
    EXPECT_TRUE(percentile_is_supported(99, 10'000));
    EXPECT_FALSE(percentile_is_supported(99, 9'999));
    EXPECT_TRUE(percentile_is_supported(99.9, 100'000));
    EXPECT_FALSE(percentile_is_supported(99.9, 99'999));
    EXPECT_TRUE(percentile_is_supported(99.99, 1'000'000));
    EXPECT_FALSE(percentile_is_supported(99.99, 999'999));
    EXPECT_FALSE(percentile_is_supported(50, 0));
}

TEST(Figures, LeaveOutWhatTheSamplesDoNotSupport) {
    const Figures figures = figures_of(ramp(17'100));
    EXPECT_TRUE(figures[Figure::p99]);
    EXPECT_FALSE(figures[Figure::p999]);
    EXPECT_FALSE(figures[Figure::p9999]);
    EXPECT_TRUE(figures[Figure::jitter]);
}

TEST(Figures, LeaveOutTheJitterWithoutAP99) {
    const Figures figures = figures_of(ramp(9'999));
    EXPECT_TRUE(figures[Figure::p50]);
    EXPECT_FALSE(figures[Figure::jitter]);
    EXPECT_EQ(figures[Figure::max], 9'999.0);
}

TEST(Figures, AreThoseOfTheHistogram) {
    const Figures figures = figures_of(ramp(10'000));
    EXPECT_NEAR(*figures[Figure::p50], 5'000, 5);
    EXPECT_NEAR(*figures[Figure::p99], 9'900, 10);
    EXPECT_NEAR(*figures[Figure::jitter], 4'900, 10);
    EXPECT_DOUBLE_EQ(*figures[Figure::mean], 5'000.5);
    EXPECT_NEAR(*figures[Figure::stddev], 2'886.75, 0.01);
}

TEST(Figures, OfNothingAreNothing) {
    const Figures figures = figures_of(latency::Histogram{});
    for (Figure figure : kAllFigures)
        EXPECT_FALSE(figures[figure]) << to_string(figure);
}

}  // namespace
}  // namespace rxlab::bench
