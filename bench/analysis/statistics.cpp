// SPDX-License-Identifier: MIT
#include "bench/analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace rxlab::bench {
namespace {

std::vector<double> sorted(std::span<const double> values) {
    std::vector<double> copy(values.begin(), values.end());
    std::sort(copy.begin(), copy.end());
    return copy;
}

// P(B < k), B binomial(n, 1/2).
double binomial_below(std::size_t n, std::size_t k) noexcept {
    double term = std::pow(0.5, static_cast<double>(n));  // P(B = 0)
    double sum = 0;
    for (std::size_t i = 0; i < k; ++i) {
        sum += term;
        term *= static_cast<double>(n - i) / static_cast<double>(i + 1);
    }
    return sum;
}

}  // namespace

double median_ratio(std::span<const double> ratios) {
    const std::vector<double> ordered = sorted(ratios);
    const std::size_t middle = ordered.size() / 2;
    if (ordered.size() % 2 == 1) return ordered[middle];
    return std::sqrt(ordered[middle - 1] * ordered[middle]);
}

double median_interval_coverage(std::size_t n, std::size_t rank) noexcept {
    return 1 - 2 * binomial_below(n, rank);
}

std::size_t median_interval_rank(std::size_t n, double confidence) noexcept {
    std::size_t rank = 0;
    while (2 * (rank + 1) <= n && median_interval_coverage(n, rank + 1) >= confidence)
        ++rank;
    return rank;
}

std::optional<Interval> median_interval(std::span<const double> values, double confidence) {
    const std::size_t rank = median_interval_rank(values.size(), confidence);
    if (rank == 0) return std::nullopt;
    const std::vector<double> ordered = sorted(values);
    return Interval{ordered[rank - 1], ordered[ordered.size() - rank],
                    median_interval_coverage(values.size(), rank)};
}

}  // namespace rxlab::bench
