// SPDX-License-Identifier: MIT
#include <rxlab/latency/percentile.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rxlab::latency {

std::uint64_t rank_of_percentile(double percentile, std::uint64_t count) noexcept {
    if (!(percentile > 0.0)) return 1;
    if (percentile >= 100.0) return count;
    // 99.9 is stored as a little more than 99.9, which of 41,000 values would ask for 40,960
    // instead of 40,959. So the next double below is used, as HdrHistogram does.
    const double wanted = std::nextafter(percentile, 0.0) * static_cast<double>(count) / 100.0;
    return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(wanted)));
}

double percentile(std::span<const double> sorted, double percent) noexcept {
    return sorted[rank_of_percentile(percent, sorted.size()) - 1];
}

double median(std::span<const double> values) {
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t middle = sorted.size() / 2;
    if (sorted.size() % 2 == 1) return sorted[middle];
    return (sorted[middle - 1] + sorted[middle]) / 2;
}

}  // namespace rxlab::latency
