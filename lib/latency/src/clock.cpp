// SPDX-License-Identifier: MIT
#include <rxlab/latency/clock.hpp>

#include <time.h>

#include <cerrno>
#include <limits>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace rxlab::latency {

namespace {

constexpr long kInterval_ns = 20'000'000;
constexpr int kAnchorReadings = 16;

bool tsc_is_invariant() noexcept {
#if defined(__x86_64__)
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1U << 8)) != 0;
#else
    return false;
#endif
}

// Signals do not shorten it.
void sleep_through_interval(Clock clock) noexcept {
    if (clock.source() == ClockSource::virtual_time) return;
    timespec left{0, kInterval_ns};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

}  // namespace

std::string_view to_string(ClockSource source) noexcept {
    switch (source) {
        case ClockSource::tsc:
            return "tsc";
        case ClockSource::monotonic_raw:
            return "monotonic_raw";
        case ClockSource::virtual_time:
            return "virtual_time";
    }
    return "unknown";
}

Clock Clock::detect() noexcept {
    return Clock{tsc_is_invariant() ? ClockSource::tsc : ClockSource::monotonic_raw};
}

ClockAnchor ClockAnchor::take(Clock clock) noexcept {
    const Clock raw{ClockSource::monotonic_raw};
    ClockAnchor best;
    Ticks narrowest = std::numeric_limits<Ticks>::max();
    for (int i = 0; i < kAnchorReadings; ++i) {
        const Ticks before = clock.now();
        const std::uint64_t raw_ns = raw.now();
        const Ticks width = clock.now() - before;
        if (width < narrowest) {
            narrowest = width;
            best = {before + width / 2, raw_ns};
        }
    }
    return best;
}

double ticks_per_ns(Clock clock, const ClockAnchor& from, const ClockAnchor& to) noexcept {
    if (clock.source() != ClockSource::tsc) return 1.0;
    if (to.raw_ns <= from.raw_ns) return 0.0;
    return static_cast<double>(to.ticks - from.ticks) /
           static_cast<double>(to.raw_ns - from.raw_ns);
}

Calibration Calibration::start(Clock clock) noexcept {
    Calibration calibration{clock};
    calibration.first_ = ClockAnchor::take(clock);
    sleep_through_interval(clock);
    calibration.start_ticks_per_ns_ =
        ticks_per_ns(clock, calibration.first_, ClockAnchor::take(clock));
    calibration.run_ticks_per_ns_ = calibration.start_ticks_per_ns_;
    return calibration;
}

void Calibration::finish() noexcept {
    const ClockAnchor from = ClockAnchor::take(clock_);
    sleep_through_interval(clock_);
    const ClockAnchor to = ClockAnchor::take(clock_);
    end_ticks_per_ns_ = ticks_per_ns(clock_, from, to);
    run_ticks_per_ns_ = ticks_per_ns(clock_, first_, to);
}

double Calibration::drift_ppm() const noexcept {
    if (end_ticks_per_ns_ == 0.0) return 0.0;
    return (end_ticks_per_ns_ - start_ticks_per_ns_) / start_ticks_per_ns_ * 1e6;
}

}  // namespace rxlab::latency
