// SPDX-License-Identifier: MIT
#include <rxlab/feedsim/errors.hpp>
#include <rxlab/feedsim/process.hpp>

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include <fstream>
#include <limits>
#include <string>

namespace rxlab::feedsim {

namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

double seconds(const timeval& time) noexcept {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

void pin_to_cpu(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu < CPU_SETSIZE) {
        CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) == 0) return;
    }
    std::string online;
    std::getline(std::ifstream{"/sys/devices/system/cpu/online"}, online);
    throw UsageError(fmt::format("--cpu {}: this machine has CPUs {}", cpu, online));
}

const std::atomic<bool>& stop_requested() noexcept {
    struct sigaction action {};
    action.sa_handler = [](int) { stop.store(true, std::memory_order_relaxed); };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    return stop;
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

rusage usage_now() noexcept {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage;
}

nlohmann::ordered_json usage_between(const rusage& from, const rusage& to) {
    return {{"user_s", seconds(to.ru_utime) - seconds(from.ru_utime)},
            {"system_s", seconds(to.ru_stime) - seconds(from.ru_stime)},
            {"voluntary_switches", to.ru_nvcsw - from.ru_nvcsw},
            {"involuntary_switches", to.ru_nivcsw - from.ru_nivcsw},
            {"minor_faults", to.ru_minflt - from.ru_minflt},
            {"major_faults", to.ru_majflt - from.ru_majflt}};
}

}  // namespace rxlab::feedsim
