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

// The names of an enumeration's values in result files and tables, in the order of the values.
template <typename Enum>
inline constexpr std::array<std::string_view, 0> kNames{};

// In the order of tables and result files.
enum class Figure : std::uint8_t { p50, p90, p99, p999, p9999, max, mean, stddev, jitter };

inline constexpr std::array kAllFigures{Figure::p50,  Figure::p90,    Figure::p99,
                                        Figure::p999, Figure::p9999,  Figure::max,
                                        Figure::mean, Figure::stddev, Figure::jitter};
template <>
inline constexpr std::array<std::string_view, kAllFigures.size()> kNames<Figure>{
    "p50_ns", "p90_ns",  "p99_ns",    "p999_ns",  "p9999_ns",
    "max_ns", "mean_ns", "stddev_ns", "jitter_ns"};

template <typename Enum>
requires(!kNames<Enum>.empty()) [[nodiscard]] constexpr std::string_view
    to_string(Enum value) noexcept {
    return kNames<Enum>[static_cast<std::size_t>(value)];
}

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
    std::array<std::optional<double>, kAllFigures.size()> values_{};
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
