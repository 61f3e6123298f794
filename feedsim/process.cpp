// SPDX-License-Identifier: MIT
#include "feedsim/process.hpp"

#include <signal.h>
#include <time.h>

#include <limits>

namespace rxlab::feedsim {

namespace {

std::atomic<bool> stop{false};
std::atomic<unsigned> stops{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free,
              "a signal handler writes them");

}  // namespace

const std::atomic<bool>& stop_requested() noexcept {
    struct sigaction action {};
    action.sa_handler = [](int) {
        stop.store(true, std::memory_order_relaxed);
        stops.fetch_add(1, std::memory_order_relaxed);
    };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    return stop;
}

unsigned stops_requested() noexcept {
    return stops.load(std::memory_order_relaxed);
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
