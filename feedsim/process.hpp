// SPDX-License-Identifier: MIT
//
// This process: what time it is, and how it is asked to stop.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <atomic>
#include <cstdint>

namespace rxlab::feedsim {

// Becomes true at SIGINT or SIGTERM. The first call installs the handlers.
[[nodiscard]] const std::atomic<bool>& stop_requested() noexcept;
// How many such signals came since then.
[[nodiscard]] unsigned stops_requested() noexcept;

// CLOCK_REALTIME at (or a little before) `ticks`, in nanoseconds since midnight UTC, from the
// tightest of several readings of both clocks.
[[nodiscard]] std::uint64_t ns_of_day_at(latency::Ticks ticks, latency::Clock clock,
                                         double ticks_per_ns) noexcept;

}  // namespace rxlab::feedsim
