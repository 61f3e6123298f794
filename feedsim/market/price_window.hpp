// SPDX-License-Identifier: MIT
//
// What a synthetic market must know about one symbol's book to keep it sane: how many orders stand
// at each of the 256 ticks around the symbol's price at the start of the day. The mid stays in the
// middle half of the window, bids are placed at or below the mid and asks above it, so orders
// outside the window can never cross. One counter serves both sides, because a price with bids has
// no asks. Threading: a value.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace rxlab::feedsim {

class PriceWindow {
  public:
    static constexpr std::int32_t kTicks = 256;
    static constexpr std::int32_t kMidLow = kTicks / 4;
    static constexpr std::int32_t kMidHigh = kTicks - kTicks / 4;

    // `base_ticks` > kTicks / 2 is the mid at the start of the day.
    explicit PriceWindow(std::uint32_t base_ticks) noexcept
        : bottom_ticks_{static_cast<std::int32_t>(base_ticks) - kTicks / 2} {}

    [[nodiscard]] std::int32_t mid_ticks() const noexcept { return bottom_ticks_ + mid_; }

    // Best prices within the window; the tick below or above the window if that side is empty
    // there.
    [[nodiscard]] std::int32_t best_bid_ticks() const noexcept {
        for (std::size_t i = kWords; i-- > 0;) {
            if (bids_[i] != 0) return bottom_ticks_ + at(i) + 63 - std::countl_zero(bids_[i]);
        }
        return bottom_ticks_ - 1;
    }
    [[nodiscard]] std::int32_t best_ask_ticks() const noexcept {
        for (std::size_t i = 0; i < kWords; ++i) {
            if (asks_[i] != 0) return bottom_ticks_ + at(i) + std::countr_zero(asks_[i]);
        }
        return bottom_ticks_ + kTicks;
    }

    void add(bool bid, std::int32_t price_ticks) noexcept {
        const std::int32_t i = price_ticks - bottom_ticks_;
        if (outside(i)) return;
        if (orders_[static_cast<std::size_t>(i)]++ == 0) word(bid, i) |= bit(i);
    }
    void remove(bool bid, std::int32_t price_ticks) noexcept {
        const std::int32_t i = price_ticks - bottom_ticks_;
        if (outside(i)) return;
        if (--orders_[static_cast<std::size_t>(i)] == 0) word(bid, i) &= ~bit(i);
    }

    // Moves the mid by `step` ticks, unless that would leave its range or lead the book by more
    // than kLeadTicks: the best price in its way must be taken or withdrawn first.
    void move_mid(std::int32_t step) noexcept {
        const std::int32_t mid = mid_ticks() + step;
        if (mid - best_ask_ticks() >= kLeadTicks || best_bid_ticks() - mid >= kLeadTicks) return;
        mid_ = std::clamp(mid_ + step, kMidLow, kMidHigh);
    }
    // How many ticks the mid is above (positive) or below its place at the start of the day.
    [[nodiscard]] std::int32_t drift_ticks() const noexcept { return mid_ - kTicks / 2; }

  private:
    static constexpr std::size_t kWords = kTicks / 64;
    static constexpr std::int32_t kLeadTicks = 4;

    static constexpr std::int32_t at(std::size_t word) noexcept {
        return static_cast<std::int32_t>(word) * 64;
    }
    static constexpr bool outside(std::int32_t i) noexcept { return i < 0 || i >= kTicks; }
    static constexpr std::uint64_t bit(std::int32_t i) noexcept {
        return std::uint64_t{1} << (i & 63);
    }
    std::uint64_t& word(bool bid, std::int32_t i) noexcept {
        return (bid ? bids_ : asks_)[static_cast<std::size_t>(i) / 64];
    }

    std::int32_t bottom_ticks_;
    std::int32_t mid_ = kTicks / 2;
    std::array<std::uint64_t, kWords> bids_{};
    std::array<std::uint64_t, kWords> asks_{};
    std::array<std::uint32_t, kTicks> orders_{};
};

}  // namespace rxlab::feedsim
