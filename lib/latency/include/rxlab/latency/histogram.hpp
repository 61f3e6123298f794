// SPDX-License-Identifier: MIT
//
// A high dynamic range histogram of nanoseconds, in fixed memory: values are counted in buckets so
// narrow that each stands for its values to the chosen number of significant decimal digits over
// the whole range. Same buckets, percentile definition and text output as HdrHistogram
// (hdrhistogram.org), so its plotters read what write_percentiles() writes.
//
// Values are unsigned: a negative latency (a receive stamp before the send stamp: clocks that
// disagree) must not be recorded here. The caller counts those and reports their number. At the
// end: what a percentile and a median of any values are.
// Threading: one thread; the results of several threads are merged afterwards.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <span>
#include <vector>

namespace rxlab::latency {

// A non-empty bucket: its highest value and how many values it counted.
struct HistogramBucket {
    std::uint64_t value = 0;
    std::uint64_t count = 0;
    friend bool operator==(const HistogramBucket&, const HistogramBucket&) = default;
};

class Histogram {
  public:
    static constexpr std::uint64_t kHighestDefault_ns = 60'000'000'000;
    static constexpr int kDigitsDefault = 3;
    // Squares of values up to here can be summed exactly over 2^32 records.
    static constexpr std::uint64_t kHighestMax_ns = std::uint64_t{1} << 48;

    // `highest`: the highest value that is told apart, 2 .. kHighestMax_ns. `digits`: significant
    // decimal digits, 1 .. 5. Memory: 214 KiB for the defaults. Throws std::invalid_argument.
    explicit Histogram(std::uint64_t highest_ns = kHighestDefault_ns, int digits = kDigitsDefault);

    // A value above the highest is counted in the last bucket and in saturated(), and enters mean
    // and standard deviation as the highest.
    void record(std::uint64_t value) noexcept { record(value, 1); }
    void record(std::uint64_t value, std::uint64_t count) noexcept {
        if (count == 0) return;
        if (value < min_) min_ = value;
        if (value > max_) max_ = value;
        if (value > highest_) [[unlikely]] {
            saturated_ += count;
            value = highest_;
        }
        counts_[index_of(value)] += count;
        count_ += count;
        sum_ += Uint128{value} * count;
        sum_of_squares_ += Uint128{value} * value * count;
    }

    // Adds all that another histogram recorded. Throws std::invalid_argument unless both have the
    // same range and digits.
    void merge(const Histogram& other);

    [[nodiscard]] std::uint64_t highest() const noexcept { return highest_; }
    [[nodiscard]] int digits() const noexcept { return digits_; }

    // All of these are 0 where nothing was recorded.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t saturated() const noexcept { return saturated_; }
    // Exact, also for a value above the range.
    [[nodiscard]] std::uint64_t min() const noexcept { return count_ == 0 ? 0 : min_; }
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
    // Of the recorded values, not of their buckets: from exact 128-bit sums.
    [[nodiscard]] double mean() const noexcept;
    // Of the population (divided by count, as HdrHistogram does).
    [[nodiscard]] double stddev() const noexcept;

    // The highest value that is equivalent (in the same bucket) to the smallest recorded value v
    // such that at least `percentile` % of all recorded values are <= v; at most max(), so that no
    // percentile exceeds the maximum beside it. min() for a percentile of 0 or less, max() for 100
    // or more and where the percentile lies among the saturated values.
    [[nodiscard]] std::uint64_t value_at_percentile(double percentile) const noexcept;

    // Recorded values greater than `value` and not equivalent to it.
    [[nodiscard]] std::uint64_t count_above(std::uint64_t value) const noexcept;

    // The highest value that shares a bucket with `value`, for any value.
    [[nodiscard]] std::uint64_t highest_equivalent(std::uint64_t value) const noexcept {
        return value | ((std::uint64_t{1} << shift_of(value)) - 1);
    }

    // The non-empty buckets, ascending. Saturated values come last, as one pair whose value is
    // max(), so that who records the pairs again gets them saturated again.
    [[nodiscard]] std::vector<HistogramBucket> buckets() const;

    // HdrHistogram's percentile distribution (".hgrm"), as its Java original prints it: the last
    // row, at 1.0, has no fourth column. Values are divided by `scale` (1000: nanoseconds are shown
    // as microseconds) and, as there, are the highest equivalent ones, in "Max" too; mean and
    // standard deviation are exact instead of bucket midpoints. `ticks_per_half_distance` rows are
    // made for each halving of the distance to 100 %. Throws std::invalid_argument unless
    // ticks_per_half_distance >= 1 and scale > 0.
    void write_percentiles(std::ostream& out, int ticks_per_half_distance = 5,
                           double scale = 1000.0) const;

    friend bool operator==(const Histogram&, const Histogram&) = default;

  private:
    __extension__ using Uint128 = unsigned __int128;

    // A bucket of values >= 2^(half_bits_ + 1) is 2^shift wide; smaller values have one each.
    [[nodiscard]] int shift_of(std::uint64_t value) const noexcept {
        const std::uint64_t at_least_one_unit_wide = value | ((std::uint64_t{2} << half_bits_) - 1);
        return static_cast<int>(std::bit_width(at_least_one_unit_wide)) - (half_bits_ + 1);
    }
    [[nodiscard]] std::size_t index_of(std::uint64_t value) const noexcept {
        const int shift = shift_of(value);
        return (static_cast<std::size_t>(shift) << half_bits_) +
               static_cast<std::size_t>(value >> shift);
    }
    [[nodiscard]] std::uint64_t highest_at(std::size_t index) const noexcept;

    std::uint64_t highest_;
    int digits_;
    int half_bits_;  // log2 of half the number of sub-buckets
    std::uint64_t count_ = 0;
    std::uint64_t saturated_ = 0;
    std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t max_ = 0;
    Uint128 sum_ = 0;
    Uint128 sum_of_squares_ = 0;
    std::vector<std::uint64_t> counts_;
};

// What a percentile and a median are here, for histograms and for lists of values alike.

// The rank, 1 .. count, of a percentile among `count` values in ascending order: the smallest rank
// that has at least that share of the values at or below it ("nearest rank"). 0 and below is the
// least value, 100 and above the greatest. `count` must not be 0.
[[nodiscard]] std::uint64_t rank_of_percentile(double percentile, std::uint64_t count) noexcept;

// The value of that rank. `sorted` must be in ascending order, and not empty.
[[nodiscard]] double percentile(std::span<const double> sorted, double percent) noexcept;

// The middle value, or the mean of the two middle ones, of values in any order. There must be one.
[[nodiscard]] double median(std::span<const double> values);

}  // namespace rxlab::latency
