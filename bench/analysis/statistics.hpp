// SPDX-License-Identifier: MIT
//
// The few statistics that a comparison over rounds needs: the median, that of ratios, and an
// interval for the median that assumes nothing about the distribution (latencies are anything but
// normal). Pure functions.
#pragma once

#include <rxlab/latency/percentile.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace rxlab::bench {

using latency::median;

// The middle ratio, or the geometric mean of the two middle ones, so that the median of the
// inverted ratios is its inverse. The arithmetic mean of 34 and 1/34 would be 17, whichever
// receiver is divided by the other. `ratios` must not be empty, and each must be above 0.
[[nodiscard]] double median_ratio(std::span<const double> ratios);

struct Interval {
    double low;
    double high;
    double confidence;  // exact coverage, 0 .. 1
};

// Ranks of the interval [x(k), x(n+1-k)] for the median of n values: the largest k whose coverage
// 1 - 2 P(B < k), B binomial(n, 1/2), is at least `confidence`; 0 if not even k = 1 reaches it.
// (Order statistics: Conover, Practical Nonparametric Statistics, section 3.2.)
[[nodiscard]] std::size_t median_interval_rank(std::size_t n, double confidence) noexcept;
// Coverage of that interval for a rank k >= 1.
[[nodiscard]] double median_interval_coverage(std::size_t n, std::size_t rank) noexcept;

// None with fewer values than the confidence needs (6 for 95%).
[[nodiscard]] std::optional<Interval> median_interval(std::span<const double> values,
                                                      double confidence);

}  // namespace rxlab::bench
