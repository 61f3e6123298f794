// SPDX-License-Identifier: MIT
#include <rxlab/latency/stall_log.hpp>

#include <sys/resource.h>
#include <time.h>

#include <algorithm>

namespace rxlab::latency {
namespace {

struct ThreadUse {
    std::uint64_t cpu_ns, switches, sleeps;

    static ThreadUse now() noexcept {
        timespec cpu{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return {static_cast<std::uint64_t>(cpu.tv_sec) * 1'000'000'000 +
                    static_cast<std::uint64_t>(cpu.tv_nsec),
                static_cast<std::uint64_t>(usage.ru_nivcsw),
                static_cast<std::uint64_t>(usage.ru_nvcsw)};
    }
};

}  // namespace

StallLog::StallLog(double threshold_us) : threshold_us_{threshold_us} {
    stalls_.resize(kCapacity);  // touches every page
    stalls_.clear();
}

void StallLog::begin(Ticks now, double ticks_per_ns) noexcept {
    threshold_ = static_cast<Ticks>(threshold_us_ * 1e3 * ticks_per_ns);
    ticks_per_ns_ = ticks_per_ns;
    resume(now);
}

void StallLog::resume(Ticks now) noexcept {
    const ThreadUse use = ThreadUse::now();
    cpu_ns_ = use.cpu_ns;
    switches_ = use.switches;
    sleeps_ = use.sleeps;
    last_ = noted_ = now;
}

void StallLog::note(Ticks now, std::size_t packets) noexcept {
    const ThreadUse use = ThreadUse::now();
    const double passed_ns = static_cast<double>(now - noted_) / ticks_per_ns_;
    const double away_ns =
        use.sleeps == sleeps_ ? passed_ns - static_cast<double>(use.cpu_ns - cpu_ns_) : 0;
    if (stalls_.size() < kCapacity) {
        stalls_.push_back({last_, now, static_cast<std::uint32_t>(use.switches - switches_),
                           static_cast<std::uint32_t>(packets),
                           static_cast<std::uint64_t>(std::max(away_ns, 0.0))});
    } else {
        ++overflow_;
    }
    noted_ = now;
    cpu_ns_ = use.cpu_ns;
    switches_ = use.switches;
    sleeps_ = use.sleeps;
}

}  // namespace rxlab::latency
