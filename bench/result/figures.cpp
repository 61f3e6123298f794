// SPDX-License-Identifier: MIT
#include "bench/result/figures.hpp"

#include <rxlab/latency/histogram.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rxlab::bench {

std::optional<double> percentile_of(Figure figure) noexcept {
    switch (figure) {
        case Figure::p50:
            return 50.0;
        case Figure::p90:
            return 90.0;
        case Figure::p99:
            return 99.0;
        case Figure::p999:
            return 99.9;
        case Figure::p9999:
            return 99.99;
        default:
            return std::nullopt;
    }
}

bool percentile_is_supported(double percentile, std::uint64_t samples) noexcept {
    // 100 - 99.9 is a little less than 0.1 in binary; a millionth of a sample decides nothing.
    const double beyond = static_cast<double>(samples) * (100.0 - percentile) / 100.0 + 1e-6;
    return beyond >= static_cast<double>(kSamplesBeyond);
}

std::optional<double> supported_percentile(const latency::Histogram& histogram, double percentile) {
    if (!percentile_is_supported(percentile, histogram.count())) return std::nullopt;
    return static_cast<double>(histogram.value_at_percentile(percentile));
}

Figures figures_of(const latency::Histogram& histogram) {
    Figures figures;
    if (histogram.count() == 0) return figures;
    for (Figure figure : kAllFigures) {
        const std::optional<double> percentile = percentile_of(figure);
        if (percentile) figures[figure] = supported_percentile(histogram, *percentile);
    }
    figures[Figure::max] = static_cast<double>(histogram.max());
    figures[Figure::mean] = histogram.mean();
    figures[Figure::stddev] = histogram.stddev();
    if (figures[Figure::p50] && figures[Figure::p99]) {
        figures[Figure::jitter] = *figures[Figure::p99] - *figures[Figure::p50];
    }
    return figures;
}

std::string three_digits(double value, int decimals) {
    if (value == 0) return "0";
    const auto magnitude = [](double of) {
        return static_cast<int>(std::floor(std::log10(std::abs(of)))) + 1;
    };
    const double unit = std::pow(10.0, magnitude(value) - 3);
    const double rounded = std::round(value / unit) * unit;
    return fmt::format("{:.{}f}", rounded, std::clamp(3 - magnitude(rounded), 0, decimals));
}

// A nanosecond is the last digit: stamps are not finer.
std::string microseconds(double value_ns) {
    return three_digits(value_ns / 1000, 3);
}

}  // namespace rxlab::bench
