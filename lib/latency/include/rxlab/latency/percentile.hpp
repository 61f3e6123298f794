// SPDX-License-Identifier: MIT
//
// What a percentile and a median are here, for histograms and for lists of values alike. Pure
// functions.
#pragma once

#include <cstdint>
#include <span>

namespace rxlab::latency {

// The rank, 1 .. count, of a percentile among `count` values in ascending order: the smallest rank
// that has at least that share of the values at or below it ("nearest rank"). 0 and below is the
// least value, 100 and above the greatest. `count` must not be 0.
[[nodiscard]] std::uint64_t rank_of_percentile(double percentile, std::uint64_t count) noexcept;

// The value of that rank. `sorted` must be in ascending order, and not empty.
[[nodiscard]] double percentile(std::span<const double> sorted, double percent) noexcept;

// The middle value, or the mean of the two middle ones, of values in any order. There must be one.
[[nodiscard]] double median(std::span<const double> values);

}  // namespace rxlab::latency
