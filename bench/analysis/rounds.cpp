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
double Rounds::percentile(double percent, std::uint64_t packets,
                          std::span<const std::uint32_t> weights) const {
    const std::uint64_t wanted = latency::rank_of_percentile(percent, packets);
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

Rounds::Sums Rounds::sums(std::span<const std::uint32_t> weights) const noexcept {
    Sums all;
    for (std::size_t round = 0; round < sums_.size(); ++round) {
        const double weight = weights[round];
        all.count += weight * sums_[round].count;
        all.values += weight * sums_[round].values;
        all.squares += weight * sums_[round].squares;
    }
    return all;
}

Rounds::Sums Rounds::sums_of_fastest(std::uint64_t packets,
                                     std::span<const std::uint32_t> weights) const noexcept {
    Sums fastest;
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < values_.size() && so_far < packets; ++i) {
        const std::uint64_t to_here = std::min(packets, count_to(i, weights));
        const auto count = static_cast<double>(to_here - so_far);
        const auto value = static_cast<double>(values_[i]);
        fastest.count += count;
        fastest.values += count * value;
        fastest.squares += count * value * value;
        so_far = to_here;
    }
    return fastest;
}

std::optional<double> Rounds::figure(Figure figure, std::span<const std::uint32_t> weights,
                                     double slowest_percent) const {
    if (values_.empty()) return std::nullopt;
    const std::uint64_t all = count_to(values_.size() - 1, weights);
    const std::uint64_t fastest =
        all - static_cast<std::uint64_t>(slowest_percent / 100 * static_cast<double>(all));
    if (fastest == 0) return std::nullopt;
    if (const auto percent = percentile_of(figure)) return percentile(*percent, fastest, weights);
    if (figure == Figure::jitter)
        return percentile(99, fastest, weights) - percentile(50, fastest, weights);
    const Sums of = fastest < all ? sums_of_fastest(fastest, weights) : sums(weights);
    const double mean = of.values / of.count;
    switch (figure) {
        case Figure::mean:
            return mean;
        case Figure::stddev:
            return std::sqrt(std::max(0.0, of.squares / of.count - mean * mean));
        default:
            return std::nullopt;
    }
}

std::optional<double> Rounds::figure(Figure figure, double slowest_percent) const {
    double count = 0;
    for (const Sums& of : sums_)
        count += of.count;
    const double needed = figure == Figure::jitter ? 99 : percentile_of(figure).value_or(0);
    const bool is_percentile = figure == Figure::jitter || percentile_of(figure).has_value();
    if (is_percentile && !percentile_is_supported(needed, static_cast<std::uint64_t>(count)))
        return std::nullopt;
    return this->figure(figure, std::vector<std::uint32_t>(sums_.size(), 1), slowest_percent);
}

}  // namespace rxlab::bench
