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
};

class StallLog {
  public:
    static constexpr std::size_t kCapacity = 65'536;  // 1.5 MiB

    explicit StallLog(double threshold_us);

    // Begins, or goes on after a pause that was wanted, at `now`. `ticks_per_ns` is the clock's.
    void begin(Ticks now, double ticks_per_ns) noexcept;
    void resume(Ticks now) noexcept { last_ = now; }

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
    std::uint64_t switches_ = 0;
    std::vector<Stall> stalls_;
    std::uint64_t overflow_ = 0;
};

}  // namespace rxlab::latency
