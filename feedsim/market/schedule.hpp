// SPDX-License-Identifier: MIT
//
// When each packet of a feed is due, in nanoseconds after the start of the run. This is an open
// loop: it never looks at when earlier packets really went. Constant spacing is computed from the
// packet's number, so errors do not accumulate; the feeds of one run are staggered evenly within
// one interval. Poisson spacing adds exponential intervals, with a sequence of its own for each
// feed. Microbursts gather up constant spacing: a whole burst is due at once, then nothing until
// the next burst; the rate is the same. A market open draws its intervals from a mixture of two
// exponential distributions: most are shorter than the mean, some much longer. Recorded spacing is
// given. Threading: a Schedule belongs to one thread.
#pragma once

#include "feedsim/market/random.hpp"

#include <cstdint>
#include <vector>

namespace rxlab::feedsim {

enum class Profile : std::uint8_t { constant, poisson, microburst, market_open };

// A recorded NASDAQ open: packets per second; the median interval is 4 us (5/8 of the mean). A
// packet has 2.7 messages on average (see draw_open_messages()) and at most 38: 423,000 messages
// per second.
inline constexpr double kMarketOpenPps = 157'000;
inline constexpr std::uint32_t kMarketOpenMessagesMax = 38;

// Rates are exact to a millionth of a packet per second.
inline constexpr double kRateMinPps = 0.001;
inline constexpr double kRateMaxPps = 1e9;

struct ScheduleOptions {
    Profile profile = Profile::constant;
    double rate_pps = 10'000;  // of each feed, kRateMinPps .. kRateMaxPps
    std::uint32_t feed = 0;    // below feeds
    std::uint32_t feeds = 1;
    std::uint64_t seed = 1;    // for drawn intervals
    std::uint32_t burst = 32;  // microburst only: packets that are due at once, at least 1
};

// An interval of the market open, in units of the mean, with 32 fractional bits.
[[nodiscard]] std::uint64_t draw_open_gap_q32(Random& random) noexcept;
// The number of messages of one of its packets: 1 .. kMarketOpenMessagesMax.
[[nodiscard]] std::uint32_t draw_open_messages(Random& random) noexcept;

class Schedule {
  public:
    // Throws std::invalid_argument if the rate is out of range.
    explicit Schedule(const ScheduleOptions& options);
    // Given times, ascending. If more are asked for, the last one is repeated.
    static Schedule recorded(std::vector<std::uint64_t> due_ns);

    // Constant spacing: when packet `k` (from 0, up to 10^12) is due.
    [[nodiscard]] std::uint64_t constant_ns(std::uint64_t k) const noexcept;
    // When the next packet is due; never earlier than the one before.
    [[nodiscard]] std::uint64_t next_ns() noexcept;

  private:
    ScheduleOptions options_;
    std::uint64_t rate_micro_pps_;
    Random random_;
    std::vector<std::uint64_t> recorded_ns_;
    std::uint64_t packet_ = 0;
    std::uint64_t elapsed_gaps_q32_ = 0;  // the sum of drawn intervals, in units of the mean
};

}  // namespace rxlab::feedsim
