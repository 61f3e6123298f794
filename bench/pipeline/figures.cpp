// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include <rxlab/latency/histogram.hpp>

#include <algorithm>

namespace rxlab::bench::pipeline {

using latency::percentile;

Spread spread_of(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    return {percentile(values, 5), percentile(values, 50), percentile(values, 95), values.front()};
}

Percentiles percentiles_of(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    return {percentile(values, 50),   percentile(values, 90), percentile(values, 99),
            percentile(values, 99.9), values.back(),          values.size()};
}

void compare(const Timing& timing, std::size_t packets, const Pass& base, const Pass& whole,
             Row& row) {
    std::vector<double> bases, wholes, above;
    const auto per_packet = [&](latency::Ticks ticks) {
        return static_cast<double>(ticks) / timing.ticks_per_ns /
               static_cast<double>(packets * timing.passes);
    };
    for (std::size_t round = 0; round <= timing.rounds; ++round) {
        latency::Ticks base_ticks = 0, whole_ticks = 0;
        for (std::size_t pass = 0; pass < timing.passes; ++pass) {
            // A B, then B A, because the second finds the caches as the first left them.
            if (pass % 2 == 0) base_ticks += base();
            whole_ticks += whole();
            if (pass % 2 == 1) base_ticks += base();
        }
        if (round == 0) continue;
        bases.push_back(per_packet(base_ticks));
        wholes.push_back(per_packet(whole_ticks));
        above.push_back(wholes.back() - bases.back());
    }
    row.base = spread_of(bases);
    row.whole = spread_of(wholes);
    row.above = spread_of(above);
}

}  // namespace rxlab::bench::pipeline
