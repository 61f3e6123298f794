// SPDX-License-Identifier: MIT
#include "bench/analysis/rounds.hpp"

#include <rxlab/latency/histogram.hpp>

#include <algorithm>
#include <cmath>

namespace rxlab::bench {

Rounds::Rounds(std::span<const latency::Histogram> rounds) : sums_(rounds.size()) {
    std::vector<std::vector<latency::HistogramBucket>> buckets;
    for (std::size_t round = 0; round < rounds.size(); ++round) {
        const latency::Histogram& of = rounds[round];
        const auto count = static_cast<double>(of.count());
        const double mean = of.mean(), deviation = of.stddev();
        sums_[round] = {count, count * mean, count * (deviation * deviation + mean * mean),
                        of.max()};
        buckets.push_back(of.buckets());
        for (const latency::HistogramBucket& bucket : buckets.back())
            values_.push_back(bucket.value);
    }
    std::sort(values_.begin(), values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
    counts_.resize(values_.size() * rounds.size());
    for (std::size_t round = 0; round < rounds.size(); ++round) {
        std::uint64_t so_far = 0;
        auto bucket = buckets[round].begin();
        for (std::size_t value = 0; value < values_.size(); ++value) {
            if (bucket != buckets[round].end() && bucket->value == values_[value])
                so_far += bucket++->count;
            counts_[value * rounds.size() + round] = so_far;
        }
    }
}

std::uint64_t Rounds::count_to(std::size_t value,
                               std::span<const std::uint32_t> weights) const noexcept {
    std::uint64_t count = 0;
    for (std::size_t round = 0; round < sums_.size(); ++round)
        count += weights[round] * counts_[value * sums_.size() + round];
    return count;
}

// As Histogram::value_at_percentile().
double Rounds::percentile(double percent, std::span<const std::uint32_t> weights) const {
    const std::uint64_t all = count_to(values_.size() - 1, weights);
    const std::uint64_t wanted = latency::rank_of_percentile(percent, all);
    std::size_t low = 0, high = values_.size() - 1;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (count_to(middle, weights) >= wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    std::uint64_t max = 0;
    for (std::size_t round = 0; round < sums_.size(); ++round)
        if (weights[round] != 0) max = std::max(max, sums_[round].max);
    return static_cast<double>(std::min(values_[low], max));
}

std::optional<double> Rounds::figure(Figure figure, std::span<const std::uint32_t> weights) const {
    Sums all;
    for (std::size_t round = 0; round < sums_.size(); ++round) {
        const double weight = weights[round];
        all.count += weight * sums_[round].count;
        all.values += weight * sums_[round].values;
        all.squares += weight * sums_[round].squares;
    }
    if (all.count == 0) return std::nullopt;
    if (const auto percent = percentile_of(figure)) return percentile(*percent, weights);
    const double mean = all.values / all.count;
    switch (figure) {
        case Figure::mean:
            return mean;
        case Figure::stddev:
            return std::sqrt(std::max(0.0, all.squares / all.count - mean * mean));
        case Figure::jitter:
            return percentile(99, weights) - percentile(50, weights);
        default:
            return std::nullopt;
    }
}

std::optional<double> Rounds::figure(Figure figure) const {
    double count = 0;
    for (const Sums& of : sums_)
        count += of.count;
    const double needed = figure == Figure::jitter ? 99 : percentile_of(figure).value_or(0);
    const bool is_percentile = figure == Figure::jitter || percentile_of(figure).has_value();
    if (is_percentile && !percentile_is_supported(needed, static_cast<std::uint64_t>(count)))
        return std::nullopt;
    return this->figure(figure, std::vector<std::uint32_t>(sums_.size(), 1));
}

}  // namespace rxlab::bench
