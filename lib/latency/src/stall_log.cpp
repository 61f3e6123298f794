// SPDX-License-Identifier: MIT
#include <rxlab/latency/stall_log.hpp>

#include <sys/resource.h>

namespace rxlab::latency {
namespace {

std::uint64_t involuntary_switches() noexcept {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return static_cast<std::uint64_t>(usage.ru_nivcsw);
}

}  // namespace

StallLog::StallLog(double threshold_us) : threshold_us_{threshold_us} {
    stalls_.resize(kCapacity);  // touches every page
    stalls_.clear();
}

void StallLog::begin(Ticks now, double ticks_per_ns) noexcept {
    threshold_ = static_cast<Ticks>(threshold_us_ * 1e3 * ticks_per_ns);
    switches_ = involuntary_switches();
    last_ = now;
}

void StallLog::note(Ticks now, std::size_t packets) noexcept {
    const std::uint64_t switches = involuntary_switches();
    if (stalls_.size() < kCapacity) {
        stalls_.push_back({last_, now, static_cast<std::uint32_t>(switches - switches_),
                           static_cast<std::uint32_t>(packets)});
    } else {
        ++overflow_;
    }
    switches_ = switches;
}

}  // namespace rxlab::latency
