// SPDX-License-Identifier: MIT
//
// Random numbers that are the same on every platform: the generator and every distribution use only
// integer arithmetic (std:: distributions and libm differ between implementations).
// Threading: Random is a value; use one per stream.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace rxlab::feedsim {

namespace detail {

// log2(1 + i/256) in 32 fractional bits, by repeated squaring.
constexpr std::array<std::uint64_t, 257> make_log2_table() noexcept {
    std::array<std::uint64_t, 257> table{};
    for (std::uint64_t i = 0; i < 256; ++i) {
        std::uint64_t y = (256 + i) << 23;  // 1 <= y < 2 in 31 fractional bits
        for (int bit = 31; bit >= 0; --bit) {
            y = y * y >> 31;
            if (y >> 32 != 0) {
                table[i] |= std::uint64_t{1} << bit;
                y >>= 1;
            }
        }
    }
    table[256] = std::uint64_t{1} << 32;
    return table;
}
inline constexpr std::array<std::uint64_t, 257> kLog2Table = make_log2_table();

}  // namespace detail

// -ln(x / 2^64) in 32 fractional bits, for x of 1 .. 2^64 - 1 (0 counts as 1): 0 .. 44.4. The table
// is interpolated linearly; the error is below 3e-6.
[[nodiscard]] constexpr std::uint64_t negative_log_q32(std::uint64_t x) noexcept {
    constexpr std::uint64_t kLn2Q24 = 11'629'080;
    x = x == 0 ? 1 : x;
    const int zeros = std::countl_zero(x);
    const std::uint64_t mantissa = zeros == 63 ? 0 : x << (zeros + 1);
    const std::uint64_t index = mantissa >> 56;
    const std::uint64_t between = mantissa >> 24 & 0xffff'ffff;
    const std::uint64_t low = detail::kLog2Table[index];
    const std::uint64_t step = detail::kLog2Table[index + 1] - low;
    const std::uint64_t log2_fraction = low + (step * between >> 32);
    const std::uint64_t negative_log2 =
        (static_cast<std::uint64_t>(zeros + 1) << 32) - log2_fraction;
    return negative_log2 * kLn2Q24 >> 24;
}

// xoshiro256++ 1.0 (Blackman and Vigna, public domain), seeded through SplitMix64.
class Random {
  public:
    // Streams of one seed are independent of each other: feed 0, feed 1, …
    constexpr Random(std::uint64_t seed, std::uint64_t stream) noexcept {
        std::uint64_t state = seed * 0xd1342543de82ef95 + stream;
        for (std::uint64_t& word : state_)
            word = split_mix(state);
    }

    // A generator with this state (not all zero).
    explicit constexpr Random(const std::array<std::uint64_t, 4>& state) noexcept : state_{state} {}

    constexpr std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    // Uniform in 0 .. n-1 (n >= 1). The bias is below n / 2^32.
    constexpr std::uint32_t below(std::uint32_t n) noexcept {
        return static_cast<std::uint32_t>((next() >> 32) * n >> 32);
    }
    // True in `in` of `of` cases.
    constexpr bool chance(std::uint32_t in, std::uint32_t of) noexcept { return below(of) < in; }
    // Exponential with mean 1, in 32 fractional bits.
    constexpr std::uint64_t exponential_q32() noexcept { return negative_log_q32(next()); }
    // Exponential with this mean (up to 2^26), rounded down.
    constexpr std::uint32_t exponential(std::uint32_t mean) noexcept {
        return static_cast<std::uint32_t>(exponential_q32() * mean >> 32);
    }

  private:
    static constexpr std::uint64_t split_mix(std::uint64_t& state) noexcept {
        std::uint64_t z = state += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }

    std::array<std::uint64_t, 4> state_{};
};

}  // namespace rxlab::feedsim
