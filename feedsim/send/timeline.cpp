// SPDX-License-Identifier: MIT
#include "feedsim/send/timeline.hpp"

#include <time.h>

#include <algorithm>
#include <limits>

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

std::uint64_t ns_of_day_at(latency::Ticks ticks, latency::Clock clock,
                           double ticks_per_ns) noexcept {
    constexpr int kReadings = 16;
    constexpr std::int64_t kDay_s = 86'400;
    latency::Ticks width_min = std::numeric_limits<latency::Ticks>::max();
    std::int64_t ns_of_day = 0;
    for (int i = 0; i < kReadings; ++i) {
        timespec time{};
        const latency::Ticks before = clock.now();
        clock_gettime(CLOCK_REALTIME, &time);
        const latency::Ticks width = clock.now() - before;
        if (width >= width_min) continue;
        width_min = width;
        const auto since =
            static_cast<double>(static_cast<std::int64_t>(ticks - before - width / 2));
        ns_of_day = time.tv_sec % kDay_s * 1'000'000'000 + time.tv_nsec +
                    static_cast<std::int64_t>(since / ticks_per_ns);
    }
    const std::int64_t day_ns = kDay_s * 1'000'000'000;
    return static_cast<std::uint64_t>((ns_of_day + day_ns) % day_ns);
}

}  // namespace rxlab::feedsim
