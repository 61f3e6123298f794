// SPDX-License-Identifier: MIT
//
// The symbols of a synthetic market: unique tickers, and how often each is traded.
// Threading: immutable after construction.
#pragma once

#include "feedsim/market/random.hpp"

#include <rxlab/wire/byte_order.hpp>

#include <cstdint>
#include <vector>

namespace rxlab::feedsim {

// A pronounceable ticker of four or five letters; unique for index 0 .. 65,535.
[[nodiscard]] wire::Text<8> make_ticker(std::uint32_t index) noexcept;

// Draws symbol i with a weight of 1/(i + 5): Zipf's law with a flattened head (Mandelbrot's form),
// so that the busiest of 8,000 symbols gets about 3% of the orders. Constant time (Vose's alias
// method, in integers).
class ActivityTable {
  public:
    // symbols: 1 .. 65,535.
    explicit ActivityTable(std::uint32_t symbols);

    [[nodiscard]] std::uint32_t draw(Random& random) const noexcept {
        const std::uint64_t bits = random.next();
        const auto column = static_cast<std::uint32_t>((bits >> 32) * columns_.size() >> 32);
        const Column& c = columns_[column];
        return static_cast<std::uint32_t>(bits) < c.keep_q32 ? column : c.alias;
    }

  private:
    struct Column {
        std::uint64_t keep_q32;  // chance of the column's own symbol, in 2^-32
        std::uint32_t alias;
    };
    std::vector<Column> columns_;
};

}  // namespace rxlab::feedsim
