// SPDX-License-Identifier: MIT
#include "feedsim/impair/skew.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <stdexcept>

namespace rxlab::feedsim {

namespace {

constexpr std::uint64_t kSkewStreams = std::uint64_t{3} << 32;
constexpr double kFactorMax = 1e4;
constexpr double kFixedMax_us = 1e5;

struct Quantile {
    std::uint32_t permille;
    std::int32_t lag_ns;
};
// p1, p50, p99 and the share of packets in which B led are recorded. The ends are not: the tails
// beyond p1 and p99 are made as long as the distance of p1 and p99 from zero.
constexpr Quantile kRecorded[] = {{0, -9'200}, {10, -4'600}, {500, -260},
                                  {960, 0},    {990, 1'400}, {1'000, 2'800}};

}  // namespace

SkewOptions parse_skew(std::string_view text) {
    const auto number = [&](std::string_view digits, double min, double max) {
        double value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(),
                                                  value, std::chars_format::fixed);
        if (error != std::errc{} || end != digits.data() + digits.size() ||
            !(value >= min && value <= max)) {
            throw std::invalid_argument(
                fmt::format("\"{}\": expected none, recorded, recordedxFACTOR (up to {:.0f}), or "
                            "microseconds of line B after line A (up to {:.0f}; negative: before)",
                            text, kFactorMax, kFixedMax_us));
        }
        return value;
    };
    if (text == "none") return {0, 0};
    if (text == "recorded") return {};
    if (text.starts_with("recordedx")) return {number(text.substr(9), 0, kFactorMax), 0};
    return {0, std::llround(number(text, -kFixedMax_us, kFixedMax_us) * 1e3)};
}

Skew::Skew(const SkewOptions& options, std::uint64_t seed, std::uint32_t feed) noexcept
    : random_{seed, kSkewStreams + feed},
      fixed_ns_{options.fixed_ns},
      scale_q16_{std::llround(options.recorded * 65'536)} {}

std::int64_t Skew::next_ns() noexcept {
    if (scale_q16_ == 0) return fixed_ns_;
    const std::uint32_t at = random_.below(1'000'000);  // in millionths
    const Quantile* high = kRecorded + 1;
    while (at >= high->permille * 1'000)
        ++high;
    const Quantile& low = high[-1];
    const std::int64_t span_ns = high->lag_ns - low.lag_ns;
    const std::int64_t lag_ns =
        low.lag_ns + span_ns * static_cast<std::int64_t>(at - low.permille * 1'000) /
                         static_cast<std::int64_t>((high->permille - low.permille) * 1'000);
    return fixed_ns_ + lag_ns * scale_q16_ / 65'536;
}

}  // namespace rxlab::feedsim
