// SPDX-License-Identifier: MIT
//
// A NIC's clock on the scale of ours. Someone reads the NIC's clock every now and then, between two
// readings of ours (NicReading): the NIC's reading belongs to an instant in between. Two readings
// of the last second or so give a straight line, those two whose line says most about the next
// moments; all the others tell how far it is off. So the error has a bound (to_ticks):
//
//   half the width of the readings that the line goes through, more of it the further the stamp
//   lies beyond them, and what the line misses other readings by (the drift).
//
// That the NIC takes as long to get the question as to send the answer is not assumed. A change of
// the NIC's rate is not seen before the next reading: the bound has room for one part per million,
// and after a larger change holds again three readings later. Where the clock was set (a jump), all
// readings before are forgotten; that, too, takes until the next reading.
//
// Stamps may be a counter of any rate and of 16 to 64 bits, which wraps around. Memory: none but
// its own. Threading: one thread.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rxlab::latency {

struct NicReading {
    std::uint64_t nic = 0;
    Ticks before = 0;  // our clock, read before the NIC's
    Ticks after = 0;   // and afterwards
};

class NicClock {
  public:
    // Readings that are kept, and how many of them it takes to convert: two make a line, and the
    // third confirms it.
    static constexpr std::size_t kReadings = 16;
    static constexpr std::size_t kReadingsMin = 3;
    // Between two readings at most this much, or what was before is forgotten: the counter may have
    // wrapped around in between.
    static constexpr double kPause_ns_max = 1e9;
    // Between two readings, as soon as there are enough of them.
    static constexpr double kInterval_ns = 1e8;

    // `ticks_per_ns` is our clock's. Stamps whose error may be larger than `error_ns_max` are not
    // converted. `counter_bits`: the NIC counts modulo 2 to that power; half of its range must take
    // longer than kPause_ns_max.
    NicClock(double ticks_per_ns, double error_ns_max, unsigned counter_bits = 64) noexcept;

    // The next reading is due at `now`. At first one follows the other sooner, so that the line can
    // be trusted for longer than it is.
    [[nodiscard]] bool is_due(Ticks now) const noexcept {
        return static_cast<std::int64_t>(now - due_) >= 0;
    }
    // Of readings that are later than those before.
    void add(const NicReading& reading) noexcept;
    // The NIC's clock could not be read at `now`.
    void add_failure(Ticks now) noexcept;

    struct Instant {
        Ticks at = 0;
        double error_ns = 0;  // not further away than this
    };
    // When the NIC's clock was `nic`. Nothing where that cannot be told: too few readings, an error
    // that may be too large, or a clock that stands still.
    [[nodiscard]] std::optional<Instant> to_ticks(std::uint64_t nic) const noexcept;

    [[nodiscard]] double ticks_per_ns() const noexcept { return ticks_per_ns_; }
    // How long a unit of the NIC's clock is; nothing while stamps cannot be converted.
    [[nodiscard]] std::optional<double> unit_ns() const noexcept;
    [[nodiscard]] std::uint64_t readings() const noexcept { return readings_; }
    // Of those, taken and not used: our two readings were too far apart.
    [[nodiscard]] std::uint64_t wide() const noexcept { return wide_; }
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
    [[nodiscard]] std::uint64_t jumps() const noexcept { return jumps_; }
    // Half the width of the narrowest reading; nothing without one.
    [[nodiscard]] std::optional<double> narrowest_ns() const noexcept;

  private:
    struct Point {
        std::uint64_t nic;
        Ticks middle;
        double half;  // ticks
    };
    // Ticks for each unit of the NIC, through `older` and `newer`, which another point of those
    // that are kept may miss by `drift` ticks.
    struct Line {
        Point older, newer;
        double rate, drift;
    };
    // A point, and how far away from it the truth may be.
    struct Estimate {
        double after_newer, error;  // ticks
    };

    [[nodiscard]] double units(std::uint64_t from, std::uint64_t to) const noexcept;
    [[nodiscard]] Estimate estimate(const Line& line, std::uint64_t nic) const noexcept;
    [[nodiscard]] bool fits(const Point& point) const noexcept;
    [[nodiscard]] const Point& kept(std::size_t i) const noexcept;
    void forget() noexcept;
    void fit() noexcept;
    [[nodiscard]] std::optional<Line> best_line() const noexcept;
    [[nodiscard]] double drift_of(const Line& line) const noexcept;
    [[nodiscard]] double interval(Ticks now) const noexcept;
    void wait(Ticks now, double ns) noexcept;

    double ticks_per_ns_;
    double error_max_;  // ticks
    unsigned unused_bits_;
    std::array<Point, kReadings> points_{};  // a ring
    std::size_t next_ = 0, count_ = 0;
    std::optional<Line> line_;
    Ticks due_ = 0;
    double narrowest_ = 0;
    std::uint64_t readings_ = 0, wide_ = 0, failures_ = 0, jumps_ = 0;
};

}  // namespace rxlab::latency
