// SPDX-License-Identifier: MIT
#include "bench/analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

namespace rxlab::bench {

double normal_below(double x) noexcept {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double normal_quantile(double probability) noexcept {
    double low = -40, high = 40;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        (normal_below(middle) < probability ? low : high) = middle;
    }
    return (low + high) / 2;
}

double student_quantile(double probability, double degrees) noexcept {
    const double z = normal_quantile(probability), square = z * z, n = degrees;
    const double first = z * (square + 1) / 4;
    const double second = z * ((5 * square + 16) * square + 3) / 96;
    const double third = z * (((3 * square + 19) * square + 17) * square - 15) / 384;
    const double fourth =
        z * ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92'160;
    return z + first / n + second / (n * n) + third / (n * n * n) + fourth / (n * n * n * n);
}

double student_beyond(double t, unsigned degrees) noexcept {
    const double angle = std::atan(std::abs(t) / std::sqrt(static_cast<double>(degrees)));
    const double sine = std::sin(angle), cosine = std::cos(angle);
    const bool is_odd = degrees % 2 == 1;
    double term = is_odd ? cosine : 1, sum = 0;
    for (unsigned i = is_odd ? 1 : 0; i + 1 < degrees; i += 2) {
        sum += term;
        term *= cosine * cosine * (i + 1) / (i + 2);
    }
    const double within = is_odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
    return std::max(0.0, 1 - within);
}

std::vector<Weights> resamples(std::size_t rounds, std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::vector<Weights> all(count, Weights(rounds));
    for (Weights& weights : all) {
        for (std::size_t i = 0; i < rounds; ++i)
            ++weights[random() % rounds];  // its bias is of no concern
    }
    return all;
}

Bootstrap::Bootstrap(std::vector<double> values, std::size_t rounds)
    : values_{std::move(values)}, rounds_{rounds} {
    std::sort(values_.begin(), values_.end());
}

Interval Bootstrap::interval(double confidence) const {
    const double last = static_cast<double>(values_.size() - 1);
    const auto at = [&](double share) {
        const double place = share * last, below = std::floor(place);
        const auto index = static_cast<std::size_t>(below);
        const std::size_t next = std::min(index + 1, values_.size() - 1);
        return values_[index] + (place - below) * (values_[next] - values_[index]);
    };
    const auto n = static_cast<double>(rounds_);
    const double t = student_quantile((1 - confidence) / 2, n - 1);
    const double tail = normal_below(std::sqrt(n / (n - 1)) * t);
    return {at(tail), at(1 - tail)};
}

double Bootstrap::p_value(double estimate) const noexcept {
    if (estimate == 0) return 1;
    const auto count = static_cast<double>(values_.size()), n = static_cast<double>(rounds_);
    const double mean = std::accumulate(values_.begin(), values_.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values_)
        squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / count * n / (n - 1));
    return student_beyond(estimate / error, static_cast<unsigned>(rounds_ - 1));
}

std::vector<double> holm(std::span<const double> p_values) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
    std::vector<double> adjusted(p_values.size());
    double highest = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        const double times = static_cast<double>(order.size() - rank);
        highest = std::max(highest, std::min(1.0, times * p_values[order[rank]]));
        adjusted[order[rank]] = highest;
    }
    return adjusted;
}

}  // namespace rxlab::bench
