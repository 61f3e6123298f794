// SPDX-License-Identifier: MIT
//
// A NIC's stamps of packets, as ages: how long before their receipt the NIC had them. Counts what
// became of the stamps. Threading: one thread.
#pragma once

#include <rxlab/latency/nic_clock.hpp>

#include <algorithm>
#include <cstdint>

namespace rxlab::latency {

// Where a stamp may be further off than this, it says nothing about a path of some microseconds.
inline constexpr double kNicErrorMax_ns = 5'000;

class NicStamps {
  public:
    explicit NicStamps(const NicClock& clock) noexcept : clock_{clock} {}

    [[nodiscard]] NicClock& clock() noexcept { return clock_; }
    [[nodiscard]] const NicClock& clock() const noexcept { return clock_; }

    // From the stamp to `now`, which is ours, in nanoseconds: at least 1, also where the stamp is
    // later by no more than its error. 0: it cannot be told, or cannot be (later than that, or a
    // second ago: the NIC's clock was set since it was read).
    [[nodiscard]] std::uint32_t age_ns(std::uint64_t stamp, Ticks now) noexcept {
        const auto instant = clock_.to_ticks(stamp);
        if (!instant) {
            ++not_converted_;
            return 0;
        }
        const double age = static_cast<double>(static_cast<std::int64_t>(now - instant->at)) /
                           clock_.ticks_per_ns();
        if (age < -instant->error_ns || age > NicClock::kPause_ns_max) {
            ++impossible_;
            return 0;
        }
        ++converted_;
        error_ns_max_ = std::max(error_ns_max_, instant->error_ns);
        return static_cast<std::uint32_t>(std::max(age, 1.0));
    }

    [[nodiscard]] std::uint64_t converted() const noexcept { return converted_; }
    [[nodiscard]] std::uint64_t not_converted() const noexcept { return not_converted_; }
    [[nodiscard]] std::uint64_t impossible() const noexcept { return impossible_; }
    // Of those that were converted.
    [[nodiscard]] double error_ns_max() const noexcept { return error_ns_max_; }

  private:
    NicClock clock_;
    std::uint64_t converted_ = 0, not_converted_ = 0, impossible_ = 0;
    double error_ns_max_ = 0;
};

}  // namespace rxlab::latency
