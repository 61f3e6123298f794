// SPDX-License-Identifier: MIT
//
// How much later a packet comes on line B than on line A. `recorded` is drawn from the quantiles of
// 5,000 packets of a real feed (docs/impairments.md): in 24 of 25 cases B leads A by a fraction of
// a microsecond, now and then by much more; A seldom leads. Threading: belongs to one thread.
#pragma once

#include "feedsim/market/random.hpp"

#include <cstdint>
#include <string_view>

namespace rxlab::feedsim {

struct SkewOptions {
    double recorded = 1;        // times the recorded distribution; 0: none of it
    std::int64_t fixed_ns = 0;  // and always this much; negative: B comes first
};

// "none", "recorded", "recordedxFACTOR", or a number of microseconds. Throws std::invalid_argument.
[[nodiscard]] SkewOptions parse_skew(std::string_view text);

class Skew {
  public:
    Skew(const SkewOptions& options, std::uint64_t seed, std::uint32_t feed) noexcept;

    // For the next packet: its time on line B minus its time on line A.
    [[nodiscard]] std::int64_t next_ns() noexcept;

  private:
    Random random_;
    std::int64_t fixed_ns_;
    std::int64_t scale_q16_;
};

}  // namespace rxlab::feedsim
