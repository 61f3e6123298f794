// SPDX-License-Identifier: MIT
//
// The clock of every stamp: the invariant TSC where the processor has one, else
// CLOCK_MONOTONIC_RAW. Stamps are raw ticks. Two processes on one machine read the same counter, so
// their ticks are subtracted first and converted to nanoseconds afterwards; converting before would
// multiply each process's own calibration error by the machine's whole uptime.
// Threading: Clock and Calibration are values; now() may be called from any thread.
#pragma once

#include <time.h>

#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace rxlab::latency {

using Ticks = std::uint64_t;

enum class ClockSource : std::uint32_t {
    tsc = 1,            // ticks of the invariant time stamp counter
    monotonic_raw = 2,  // nanoseconds of CLOCK_MONOTONIC_RAW
    virtual_time = 3,   // nanoseconds of VirtualTime: for tests of what is measured
};

// A clock of the calling thread that stands still unless it is told otherwise; each reading takes
// `step_ns`. With it a receiver's stamps are exact and the same on every machine.
class VirtualTime {
  public:
    static void set(Ticks now_ns, Ticks step_ns) noexcept {
        now_ns_ = now_ns;
        step_ns_ = step_ns;
    }
    static void advance_to(Ticks later_ns) noexcept {
        if (later_ns > now_ns_) now_ns_ = later_ns;
    }
    // Without taking time.
    [[nodiscard]] static Ticks peek() noexcept { return now_ns_; }
    static Ticks read() noexcept { return now_ns_ += step_ns_; }

  private:
    static inline thread_local Ticks now_ns_ = 0;
    static inline thread_local Ticks step_ns_ = 0;
};

[[nodiscard]] std::string_view to_string(ClockSource source) noexcept;

class Clock {
  public:
    // Picks the TSC where CPUID reports it invariant (leaf 0x80000007, EDX bit 8: constant rate in
    // all P-, C- and T-states; Intel SDM vol. 3, 18.17.1).
    static Clock detect() noexcept;
    explicit constexpr Clock(ClockSource source) noexcept : source_{source} {}

    [[nodiscard]] ClockSource source() const noexcept { return source_; }

    // Ticks now. The read waits until all earlier instructions have executed (LFENCE; RDTSC, Intel
    // SDM vol. 2B, RDTSC), so a stamp taken after a load is not older than the load.
    [[nodiscard]] Ticks now() const noexcept {
#if defined(__x86_64__)
        if (source_ == ClockSource::tsc) [[likely]] {
            _mm_lfence();
            return __rdtsc();
        }
#endif
        return now_slowly();
    }
    // The same without the wait: some instructions around it may not have executed yet, or already.
    // For where tens of nanoseconds do not matter.
    [[nodiscard]] Ticks now_unordered() const noexcept {
#if defined(__x86_64__)
        if (source_ == ClockSource::tsc) [[likely]]
            return __rdtsc();
#endif
        return now_slowly();
    }

  private:
    [[nodiscard]] Ticks now_slowly() const noexcept {
        if (source_ == ClockSource::virtual_time) return VirtualTime::read();
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC_RAW, &time);
        return static_cast<Ticks>(time.tv_sec) * 1'000'000'000U + static_cast<Ticks>(time.tv_nsec);
    }

    ClockSource source_;
};

// One instant read on both scales.
struct ClockAnchor {
    Ticks ticks = 0;
    std::uint64_t raw_ns = 0;  // CLOCK_MONOTONIC_RAW

    // The tightest of 16 bracketed readings, so that a preempted one does not count.
    static ClockAnchor take(Clock clock) noexcept;
};

// Ticks per nanosecond between two anchors; 1.0 for all but the TSC; 0 where `to` is not later.
// The anchors should lie at least 10 ms apart: reading both clocks is uncertain by tens of ns.
[[nodiscard]] double ticks_per_ns(Clock clock, const ClockAnchor& from,
                                  const ClockAnchor& to) noexcept;

// Rate of the clock at the start and at the end of a run, each over its own interval of 20 ms.
class Calibration {
  public:
    // Blocks for 20 ms, except in virtual time, whose rate is known.
    static Calibration start(Clock clock) noexcept;
    // Blocks for 20 ms; call once, after the run.
    void finish() noexcept;

    [[nodiscard]] double start_ticks_per_ns() const noexcept { return start_ticks_per_ns_; }
    // 0 before finish().
    [[nodiscard]] double end_ticks_per_ns() const noexcept { return end_ticks_per_ns_; }
    // From the first anchor to the last: the rate to convert with. Before finish(), the start rate.
    [[nodiscard]] double run_ticks_per_ns() const noexcept { return run_ticks_per_ns_; }
    // (end - start) / start in parts per million; 0 before finish().
    [[nodiscard]] double drift_ppm() const noexcept;

  private:
    explicit Calibration(Clock clock) noexcept : clock_{clock} {}

    Clock clock_;
    ClockAnchor first_;
    double start_ticks_per_ns_ = 1.0;
    double end_ticks_per_ns_ = 0.0;
    double run_ticks_per_ns_ = 1.0;
};

}  // namespace rxlab::latency
