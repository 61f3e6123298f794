// SPDX-License-Identifier: MIT
#include "feedsim/send/timeline.hpp"

#include <time.h>

#include <algorithm>

namespace rxlab::feedsim {

namespace {

constexpr double kNapFrom_ns = 2e6;    // spin through shorter waits
constexpr double kWakeEarly_ns = 1e6;  // covers timer slack and a slow wake-up
// A signal that comes just before the nap does not cut it short, so no nap is long.
constexpr double kNapMax_ns = 50e6;

}  // namespace

bool ClockTimeline::rest(latency::Ticks now, latency::Ticks due) noexcept {
    const double left_ns = static_cast<double>(due - now) / ticks_per_ns_;
    if (left_ns < kNapFrom_ns) return false;
    const double nap_ns = std::min(left_ns - kWakeEarly_ns, kNapMax_ns);
    const timespec nap{0, static_cast<long>(nap_ns)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
    return true;
}

}  // namespace rxlab::feedsim
