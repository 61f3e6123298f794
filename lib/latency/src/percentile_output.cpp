// SPDX-License-Identifier: MIT
//
// Histogram::write_percentiles: the text format of HdrHistogram's outputPercentileDistribution.
#include <rxlab/latency/histogram.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <stdexcept>

namespace rxlab::latency {

namespace {

// printf rather than streams: the widths are the format.
template <typename... Arguments>
void print(std::ostream& out, const char* format, Arguments... arguments) {
    std::array<char, 256> line{};
    std::snprintf(line.data(), line.size(), format, arguments...);
    out << line.data();
}

// The rows lie closer the nearer they are to 100 %: each halving of the rest is divided alike.
double next_level(double level, int ticks_per_half_distance) {
    const double halvings = std::floor(std::log2(100.0 / (100.0 - level))) + 1.0;
    return level + 100.0 / (ticks_per_half_distance * std::exp2(halvings));
}

// How many ranges of HdrHistogram's, each twice as wide as the one before, cover `highest`.
int ranges(std::uint64_t highest, std::uint64_t sub_buckets) {
    int count = 1;
    while (sub_buckets <= highest) {
        sub_buckets *= 2;
        ++count;
    }
    return count;
}

}  // namespace

void Histogram::write_percentiles(std::ostream& out, int ticks_per_half_distance,
                                  double scale) const {
    if (ticks_per_half_distance < 1 || !(scale > 0.0)) {
        throw std::invalid_argument("write percentiles: ticks and scale must be positive");
    }
    const auto scaled = [scale](std::uint64_t value) { return static_cast<double>(value) / scale; };
    const auto total = static_cast<double>(count_);
    print(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");

    double level = 0.0;
    std::uint64_t seen = 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; seen < count_; ++i) {
        if (counts_[i] == 0) continue;
        seen += counts_[i];
        value = seen > count_ - saturated_ ? max_ : highest_at(i);
        while (100.0 * static_cast<double>(seen) / total >= level) {
            const double fraction = level / 100.0;
            print(out, "%12.*f %2.12f %10llu %14.2f\n", digits_, scaled(value), fraction,
                  static_cast<unsigned long long>(seen), 1.0 / (1.0 - fraction));
            level = next_level(level, ticks_per_half_distance);
            if (seen == count_) break;
        }
    }
    if (count_ > 0) {
        print(out, "%12.*f %2.12f %10llu\n", digits_, scaled(value), 1.0,
              static_cast<unsigned long long>(count_));
    }

    const std::uint64_t sub_buckets = std::uint64_t{2} << half_bits_;
    print(out, "#[Mean    = %12.*f, StdDeviation   = %12.*f]\n", digits_, mean() / scale, digits_,
          stddev() / scale);
    print(out, "#[Max     = %12.*f, Total count    = %12llu]\n", digits_,
          scaled(saturated_ > 0 ? max_ : highest_equivalent(max_)),
          static_cast<unsigned long long>(count_));
    print(out, "#[Buckets = %12d, SubBuckets     = %12llu]\n", ranges(highest_, sub_buckets),
          static_cast<unsigned long long>(sub_buckets));
}

}  // namespace rxlab::latency
