// SPDX-License-Identifier: MIT
#include "feedsim/market/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace rxlab::feedsim {

namespace {

__extension__ using Uint128 = unsigned __int128;

// Nanoseconds per second times a million.
constexpr std::uint64_t kNsMicro = 1'000'000'000'000'000;
// Keeps the random stream of a feed's intervals apart from that of its market.
constexpr std::uint64_t kScheduleStreams = std::uint64_t{1} << 32;

std::uint64_t checked_rate(double rate_pps) {
    if (!(rate_pps >= kRateMinPps && rate_pps <= kRateMaxPps)) {
        throw std::invalid_argument("a rate is 0.001 to 1e9 packets per second");
    }
    return static_cast<std::uint64_t>(std::llround(rate_pps * 1e6));
}

// Times 2^16. In units of the mean interval, 19 intervals in 20 have a mean of 0.8556 and the
// others of 3.744: together 1, and the median is 0.628 (0.693 for one exponential distribution).
constexpr std::uint64_t kShortGapQ16 = 56'073;
constexpr std::uint64_t kLongGapQ16 = 245'322;
// The messages after the first, rounded down: 24 packets in 25 have 1.4 more on average, the others
// 9, up to 38 in all.
constexpr std::uint64_t kFewMoreQ16 = 122'000;
constexpr std::uint64_t kManyMoreQ16 = 622'000;

}  // namespace

std::uint64_t draw_open_gap_q32(Random& random) noexcept {
    const std::uint64_t mean_q16 = random.chance(19, 20) ? kShortGapQ16 : kLongGapQ16;
    return static_cast<std::uint64_t>(Uint128{random.exponential_q32()} * mean_q16 >> 16);
}

std::uint32_t draw_open_messages(Random& random) noexcept {
    const std::uint64_t mean_q16 = random.chance(24, 25) ? kFewMoreQ16 : kManyMoreQ16;
    const auto more =
        static_cast<std::uint64_t>(Uint128{random.exponential_q32()} * mean_q16 >> 48);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(1 + more, kMarketOpenMessagesMax));
}

Schedule::Schedule(const ScheduleOptions& options)
    : options_{options},
      rate_micro_pps_{checked_rate(options.rate_pps)},
      random_{options.seed, kScheduleStreams + options.feed} {}

Schedule Schedule::recorded(std::vector<std::uint64_t> due_ns) {
    Schedule schedule{ScheduleOptions{}};
    schedule.recorded_ns_ = std::move(due_ns);
    return schedule;
}

std::uint64_t Schedule::constant_ns(std::uint64_t k) const noexcept {
    const Uint128 slots = Uint128{k} * options_.feeds + options_.feed;
    return static_cast<std::uint64_t>(slots * kNsMicro /
                                      (Uint128{options_.feeds} * rate_micro_pps_));
}

std::uint64_t Schedule::next_ns() noexcept {
    if (!recorded_ns_.empty())
        return recorded_ns_[std::min<std::size_t>(packet_++, recorded_ns_.size() - 1)];
    if (options_.profile == Profile::constant) return constant_ns(packet_++);
    if (options_.profile == Profile::microburst) {
        const std::uint64_t packet = packet_++;
        return constant_ns(packet - packet % options_.burst);
    }
    elapsed_gaps_q32_ += options_.profile == Profile::market_open ? draw_open_gap_q32(random_)
                                                                  : random_.exponential_q32();
    return static_cast<std::uint64_t>((Uint128{elapsed_gaps_q32_} * kNsMicro / rate_micro_pps_) >>
                                      32);
}

}  // namespace rxlab::feedsim
