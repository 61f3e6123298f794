// SPDX-License-Identifier: MIT
//
// The figures that are reported for a latency distribution, and the rule that decides which of its
// percentiles may be reported at all. Values; no threading.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rxlab::latency {
class Histogram;
}

namespace rxlab::bench {

// In the order of tables and result files.
enum class Figure : std::uint8_t { p50, p90, p99, p999, p9999, max, mean, stddev, jitter };

inline constexpr std::size_t kFigureCount = 9;
inline constexpr std::array<Figure, kFigureCount> kAllFigures{
    Figure::p50, Figure::p90,  Figure::p99,    Figure::p999,  Figure::p9999,
    Figure::max, Figure::mean, Figure::stddev, Figure::jitter};

// Name in result files: "p50_ns", …
[[nodiscard]] std::string_view field_name(Figure figure) noexcept;
// Throws std::runtime_error if no figure has this name.
[[nodiscard]] Figure figure_from_field_name(std::string_view name);
// The figure's percentile in percent (99.9); none for max, mean, stddev and jitter.
[[nodiscard]] std::optional<double> percentile_of(Figure figure) noexcept;

// One optional number of nanoseconds for each figure; none if there are too few samples for it.
class Figures {
  public:
    [[nodiscard]] std::optional<double>& operator[](Figure figure) noexcept {
        return values_[static_cast<std::size_t>(figure)];
    }
    [[nodiscard]] const std::optional<double>& operator[](Figure figure) const noexcept {
        return values_[static_cast<std::size_t>(figure)];
    }
    bool operator==(const Figures&) const = default;

  private:
    std::array<std::optional<double>, kFigureCount> values_{};
};

// A percentile is reported only if this many samples lie beyond it. With fewer, the figure would
// describe a handful of packets.
inline constexpr std::uint64_t kSamplesBeyond = 100;

// True if at least kSamplesBeyond of `samples` lie beyond `percentile` (0 .. 100).
[[nodiscard]] bool percentile_is_supported(double percentile, std::uint64_t samples) noexcept;

// The percentile of a histogram in its unit, or none if percentile_is_supported() says no.
[[nodiscard]] std::optional<double> supported_percentile(const latency::Histogram& histogram,
                                                         double percentile);

// All figures of a histogram of nanoseconds. The standard deviation is the population's.
[[nodiscard]] Figures figures_of(const latency::Histogram& histogram);

// How figures are written: with three significant digits, and at most so many decimals.
[[nodiscard]] std::string three_digits(double value, int decimals = 6);
// Nanoseconds as microseconds: "0.123", "1.23", "12.3", "123", "1230".
[[nodiscard]] std::string microseconds(double value_ns);

}  // namespace rxlab::bench
