// SPDX-License-Identifier: MIT
#include <rxlab/latency/histogram.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace rxlab::latency {

namespace {

std::uint64_t checked_highest(std::uint64_t highest_ns) {
    if (highest_ns >= 2 && highest_ns <= Histogram::kHighestMax_ns) return highest_ns;
    throw std::invalid_argument("histogram up to " + std::to_string(highest_ns) +
                                ": must be 2 .. " + std::to_string(Histogram::kHighestMax_ns));
}

// Values up to twice 10^digits are told apart singly, so that above them a bucket is never wider
// than 10^-digits of its values.
int half_bits_for(int digits) {
    if (digits < 1 || digits > 5) {
        throw std::invalid_argument("histogram with " + std::to_string(digits) +
                                    " significant digits: must be 1 .. 5");
    }
    std::uint64_t singly = 2;
    for (int i = 0; i < digits; ++i) {
        singly *= 10;
    }
    return static_cast<int>(std::bit_width(singly - 1)) - 1;
}

}  // namespace

Histogram::Histogram(std::uint64_t highest_ns, int digits)
    : highest_{checked_highest(highest_ns)},
      digits_{digits},
      half_bits_{half_bits_for(digits)},
      counts_(index_of(highest_) + 1, 0) {}

void Histogram::merge(const Histogram& other) {
    if (highest_ != other.highest_ || digits_ != other.digits_) {
        throw std::invalid_argument("merge histograms: ranges " + std::to_string(highest_) +
                                    " and " + std::to_string(other.highest_) + ", digits " +
                                    std::to_string(digits_) + " and " +
                                    std::to_string(other.digits_));
    }
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        counts_[i] += other.counts_[i];
    }
    count_ += other.count_;
    saturated_ += other.saturated_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
    sum_of_squares_ += other.sum_of_squares_;
}

double Histogram::mean() const noexcept {
    if (count_ == 0) return 0.0;
    const Uint128 whole = sum_ / count_;
    const Uint128 rest = sum_ % count_;
    return static_cast<double>(whole) + static_cast<double>(rest) / static_cast<double>(count_);
}

double Histogram::stddev() const noexcept {
    if (count_ == 0) return 0.0;
    // Squares are taken around the mean's integer part in integers, where nothing is lost, instead
    // of subtracting two huge floating-point sums. Wrapping is harmless: the result fits.
    const Uint128 centre = sum_ / count_;
    const Uint128 squares = sum_of_squares_ - 2 * centre * sum_ + centre * centre * count_;
    const double n = static_cast<double>(count_);
    const double offset = static_cast<double>(sum_ % count_) / n;
    return std::sqrt(std::max(0.0, static_cast<double>(squares) / n - offset * offset));
}

std::uint64_t Histogram::value_at_percentile(double percentile) const noexcept {
    if (count_ == 0 || !(percentile > 0.0)) return min();
    if (percentile >= 100.0) return max();
    const std::uint64_t rank = rank_of_percentile(percentile, count_);
    if (rank > count_ - saturated_) return max();
    std::uint64_t seen = 0;
    std::size_t index = 0;
    while ((seen += counts_[index]) < rank) {
        ++index;
    }
    return std::min(highest_at(index), max());
}

std::uint64_t Histogram::count_above(std::uint64_t value) const noexcept {
    if (value >= max_) return 0;
    const std::size_t index = index_of(std::min(value, highest_));
    std::uint64_t above = index + 1 == counts_.size() ? saturated_ : 0;
    for (std::size_t i = index + 1; i < counts_.size(); ++i) {
        above += counts_[i];
    }
    return above;
}

std::uint64_t Histogram::highest_at(std::size_t index) const noexcept {
    const std::size_t sub_buckets = std::size_t{2} << half_bits_;
    if (index < sub_buckets) return index;
    const auto shift = static_cast<int>(index >> half_bits_) - 1;
    const std::size_t top = index - (static_cast<std::size_t>(shift) << half_bits_);
    return ((std::uint64_t{top} + 1) << shift) - 1;
}

std::vector<HistogramBucket> Histogram::buckets() const {
    std::vector<HistogramBucket> result;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const bool last = i + 1 == counts_.size();
        const std::uint64_t count = counts_[i] - (last ? saturated_ : 0);
        // The last bucket may reach beyond the range; its value must not read as saturated.
        if (count > 0) result.push_back({std::min(highest_at(i), highest_), count});
    }
    if (saturated_ > 0) result.push_back({max_, saturated_});
    return result;
}

std::uint64_t rank_of_percentile(double percentile, std::uint64_t count) noexcept {
    if (!(percentile > 0.0)) return 1;
    if (percentile >= 100.0) return count;
    // 99.9 is stored as a little more than 99.9, and would ask for value 40,960 of 41,000 instead
    // of 40,959. So the next double below is used, as HdrHistogram does.
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
