// SPDX-License-Identifier: MIT
//
// When each packet of a feed is due, in nanoseconds after the start of the run: an open loop, which
// never looks at when earlier packets really went. Constant spacing is computed from the packet's
// number, so nothing accumulates; feeds of one run are staggered evenly within the gap. Poisson
// spacing adds exponential gaps, another sequence for each feed. Microbursts are constant spacing
// gathered up: so many packets are due at once, and then none until the next so many; the rate is
// the same. A market open draws its gaps from a mixture of two exponential distributions: most are
// shorter than their mean, some much longer. Recorded spacing is given.
// Threading: a Schedule belongs to one thread.
#pragma once

#include "feedsim/market/random.hpp"

#include <cstdint>
#include <vector>

namespace rxlab::feedsim {

enum class Profile : std::uint8_t { constant, poisson, microburst, market_open };

// A recorded NASDAQ open: so many packets a second, a median gap of 4 us (5/8 of the mean), 2.7
// messages a packet on average (see draw_open_messages()) and 38 at most: 423,000 a second.
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
    std::uint64_t seed = 1;    // of drawn gaps
    std::uint32_t burst = 32;  // microburst only: packets that are due at once, at least 1
};

// A gap of the market open, in mean gaps with 32 fractional bits.
[[nodiscard]] std::uint64_t draw_open_gap_q32(Random& random) noexcept;
// Messages of one of its packets: 1 .. kMarketOpenMessagesMax.
[[nodiscard]] std::uint32_t draw_open_messages(Random& random) noexcept;

class Schedule {
  public:
    // Throws std::invalid_argument when the rate is out of range.
    explicit Schedule(const ScheduleOptions& options);
    // Given times, ascending; the last one again where more are asked for.
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
    std::uint64_t elapsed_gaps_q32_ = 0;  // drawn gaps: their sum, in mean gaps
};

}  // namespace rxlab::feedsim
