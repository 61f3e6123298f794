// SPDX-License-Identifier: MIT
//
// Where a spinning loop's time went: a loop that reads the clock in every turn notes each turn that
// took longer than a threshold, and whether its thread was switched out meanwhile. What is not the
// loop's own work was taken from it: by another thread, an interrupt, or the hypervisor.
// Memory is allocated and touched by the constructor; what does not fit is counted. A turn costs
// one comparison beside the reading. Threading: one thread.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::latency {

struct Stall {
    Ticks from, to;          // two readings of the clock, one after the other
    std::uint32_t switches;  // involuntary ones since the last stall (getrusage(2), ru_nivcsw)
    std::uint32_t packets;   // that the turn worked on
    // Since the last stall, for how long the thread wanted to run and did not: time that passed
    // less time that it had (CLOCK_THREAD_CPUTIME_ID, clock_gettime(2)), which leaves out what the
    // hypervisor says it took. 0 where the thread slept of its own will.
    std::uint64_t away_ns = 0;
};

class StallLog {
  public:
    static constexpr std::size_t kCapacity = 65'536;  // 2 MiB

    explicit StallLog(double threshold_us);

    // Begins, or goes on after a pause that was wanted, at `now`. `ticks_per_ns` is the clock's.
    void begin(Ticks now, double ticks_per_ns) noexcept;
    void resume(Ticks now) noexcept;

    // A turn ends. `packets`: what it worked on.
    void turn(Ticks now, std::size_t packets) noexcept {
        if (now - last_ > threshold_) [[unlikely]]
            note(now, packets);
        last_ = now;
    }

    [[nodiscard]] std::span<const Stall> stalls() const noexcept { return stalls_; }
    [[nodiscard]] std::uint64_t overflow() const noexcept { return overflow_; }
    [[nodiscard]] double threshold_us() const noexcept { return threshold_us_; }

  private:
    void note(Ticks now, std::size_t packets) noexcept;

    double threshold_us_;
    Ticks threshold_ = 0;
    Ticks last_ = 0;
    double ticks_per_ns_ = 1;
    Ticks noted_ = 0;                                       // since when `away_ns` counts
    std::uint64_t cpu_ns_ = 0, switches_ = 0, sleeps_ = 0;  // of the thread, then
    std::vector<Stall> stalls_;
    std::uint64_t overflow_ = 0;
};

}  // namespace rxlab::latency
