// SPDX-License-Identifier: MIT
//
// This process: where it runs, what it costs, what time it is, and how it is asked to stop.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <atomic>
#include <cstdint>

namespace rxlab::feedsim {

// Pins the calling thread to one CPU. Throws UsageError, naming the CPUs there are.
void pin_to_cpu(unsigned cpu);

// Becomes true at SIGINT or SIGTERM, from the first call on.
[[nodiscard]] const std::atomic<bool>& stop_requested() noexcept;

// CLOCK_REALTIME at (or a little before) `ticks` in nanoseconds since midnight UTC, from the
// tightest of several readings of both clocks.
[[nodiscard]] std::uint64_t ns_of_day_at(latency::Ticks ticks, latency::Clock clock,
                                         double ticks_per_ns) noexcept;

// getrusage(2) of this process.
[[nodiscard]] rusage usage_now() noexcept;
// What was used between two of them, as in the summaries (docs/contracts.md).
[[nodiscard]] nlohmann::ordered_json usage_between(const rusage& from, const rusage& to);

}  // namespace rxlab::feedsim
