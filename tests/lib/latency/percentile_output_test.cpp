// SPDX-License-Identifier: MIT
#include <rxlab/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rxlab::latency {
namespace {

std::string written(const Histogram& histogram, int ticks = 5, double scale = 1000.0) {
    std::ostringstream out;
    histogram.write_percentiles(out, ticks, scale);
    return out.str();
}

std::string golden(const std::string& name) {
    std::ifstream file{RXLAB_SOURCE_DIR "/tests/lib/latency/golden/" + name};
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>{file}, {}};
}

struct Row {
    double value = 0;
    double percentile = 0;
    std::uint64_t count = 0;
};

// The rows between the header and the "#[" footer.
std::vector<Row> rows_of(const std::string& text) {
    std::istringstream in{text};
    std::string line;
    std::getline(in, line);
    std::getline(in, line);
    std::vector<Row> rows;
    while (std::getline(in, line) && line.front() != '#') {
        Row row;
        std::istringstream{line} >> row.value >> row.percentile >> row.count;
        rows.push_back(row);
    }
    return rows;
}

// The golden files were computed by hand: 1,000 ns .. 4,000 ns in buckets of at most 2 ns, four
// values, levels 0, 10, … 50, 55, … 75, 77.5 %.
TEST(PercentileOutput, MatchesTheHandComputedFile) {
    Histogram histogram;
    for (const std::uint64_t value : {1'000U, 2'000U, 3'000U, 4'000U}) {
        histogram.record(value);
    }
    EXPECT_EQ(written(histogram), golden("four_values.hgrm"));
}

TEST(PercentileOutput, OfAnEmptyHistogramHasHeaderAndFooterOnly) {
    EXPECT_EQ(written(Histogram{}), golden("empty.hgrm"));
}

TEST(PercentileOutput, ReadsBackAsTheHistogramsPercentiles) {
    std::mt19937_64 random{3};
    Histogram histogram;
    std::lognormal_distribution<double> latency{std::log(20'000.0), 1.0};
    for (int i = 0; i < 50'000; ++i) {
        histogram.record(static_cast<std::uint64_t>(latency(random)));
    }
    const std::vector<Row> rows = rows_of(written(histogram, 5, 1.0));
    ASSERT_GT(rows.size(), 50U);
    EXPECT_EQ(rows.front().percentile, 0.0);
    EXPECT_EQ(rows.back().percentile, 1.0);
    EXPECT_EQ(rows.back().count, histogram.count());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows[i];
        const auto value = static_cast<std::uint64_t>(row.value);
        ASSERT_EQ(histogram.count() - histogram.count_above(value), row.count);
        ASSERT_GE(static_cast<double>(row.count),
                  row.percentile * static_cast<double>(histogram.count()) - 1e-6);
        if (row.percentile > 0) {
            ASSERT_EQ(
                histogram.highest_equivalent(histogram.value_at_percentile(row.percentile * 100.0)),
                value);
        }
        if (i > 0) {
            ASSERT_GT(row.percentile, rows[i - 1].percentile);
            ASSERT_GE(row.value, rows[i - 1].value);
        }
    }
}

TEST(PercentileOutput, HasAsManyRowsPerHalvingAsAskedFor) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 1'024; ++value) {
        histogram.record(value);
    }
    for (const int ticks : {1, 5, 20}) {
        int below_half = 0;
        int below_three_quarters = 0;
        for (const Row& row : rows_of(written(histogram, ticks, 1.0))) {
            below_half += row.percentile < 0.4999999;
            below_three_quarters += row.percentile > 0.4999999 && row.percentile < 0.7499999;
        }
        EXPECT_EQ(below_half, ticks);
        EXPECT_EQ(below_three_quarters, ticks);
    }
}

TEST(PercentileOutput, ShowsAsManyDecimalsAsTheHistogramHasDigits) {
    Histogram histogram{1'000'000, 2};
    histogram.record(100);
    EXPECT_NE(written(histogram, 5, 1.0).find("\n      100.00 0.000000000000 "), std::string::npos);
    EXPECT_NE(written(histogram, 5, 1.0).find("#[Mean    =       100.00, "), std::string::npos);
}

TEST(PercentileOutput, ShowsASaturatedMaximumAsItIs) {
    Histogram histogram{1'000, 3};
    histogram.record(5, 99);
    histogram.record(10'000);  // highest equivalent value: 10,007
    const std::string text = written(histogram, 5, 1.0);
    EXPECT_EQ(rows_of(text).back().value, 10'000.0);
    EXPECT_NE(text.find("#[Max     =    10000.000, Total count    =          100]"),
              std::string::npos);
}

TEST(PercentileOutput, RefusesTicksAndScalesThatAreNotPositive) {
    std::ostringstream out;
    EXPECT_THROW(Histogram{}.write_percentiles(out, 0), std::invalid_argument);
    EXPECT_THROW(Histogram{}.write_percentiles(out, 5, 0.0), std::invalid_argument);
    EXPECT_THROW(Histogram{}.write_percentiles(out, 5, std::nan("")), std::invalid_argument);
}

}  // namespace
}  // namespace rxlab::latency
