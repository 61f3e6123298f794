// SPDX-License-Identifier: MIT
//
// The time by which a sender paces: the machine's clock, or a virtual one that jumps to the time
// that is waited for, so that files are written at full speed and tests take no time.
// Threading: a timeline belongs to one thread.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <cstdint>

namespace rxlab::feedsim {

class Timeline {
  public:
    Timeline() = default;
    Timeline(const Timeline&) = delete;
    Timeline& operator=(const Timeline&) = delete;
    virtual ~Timeline() = default;

    [[nodiscard]] virtual latency::Ticks now() noexcept = 0;
    [[nodiscard]] virtual double ticks_per_ns() const noexcept = 0;
    // Called at `now`, when there is nothing to do before `due`. Returns at any time up to then,
    // and says whether it slept.
    virtual bool rest(latency::Ticks now, latency::Ticks due) noexcept = 0;
};

// Sleeps during long waits and leaves the last millisecond for the caller to spin. The caller spins
// by reading the clock and nothing else: a PAUSE between readings would cost up to 140 cycles on
// recent Intel cores, and packets would leave that much later.
class ClockTimeline final : public Timeline {
  public:
    ClockTimeline(latency::Clock clock, double ticks_per_ns) noexcept
        : clock_{clock}, ticks_per_ns_{ticks_per_ns} {}

    [[nodiscard]] latency::Ticks now() noexcept override { return clock_.now(); }
    [[nodiscard]] double ticks_per_ns() const noexcept override { return ticks_per_ns_; }
    bool rest(latency::Ticks now, latency::Ticks due) noexcept override;

  private:
    latency::Clock clock_;
    double ticks_per_ns_;
};

// Ticks are nanoseconds; the clock stands still except while resting.
class VirtualTimeline final : public Timeline {
  public:
    explicit VirtualTimeline(latency::Ticks start = 0) noexcept : now_{start} {}

    [[nodiscard]] latency::Ticks now() noexcept override { return now_; }
    [[nodiscard]] double ticks_per_ns() const noexcept override { return 1.0; }
    bool rest(latency::Ticks, latency::Ticks due) noexcept override {
        now_ = due;
        return true;
    }

  private:
    latency::Ticks now_;
};

// CLOCK_REALTIME at (or a little before) `ticks`, in nanoseconds since midnight UTC, from the
// tightest of several readings of both clocks.
[[nodiscard]] std::uint64_t ns_of_day_at(latency::Ticks ticks, latency::Clock clock,
                                         double ticks_per_ns) noexcept;

}  // namespace rxlab::feedsim
