// SPDX-License-Identifier: MIT
//
// The latencies of one receiver's rounds, kept so that the figures of any choice of rounds are
// cheap: a percentile of 20 rounds together, each counted as often as a bootstrap drew it, takes
// some hundred steps instead of a merge of histograms.
// Ownership: values. Threading: const after construction.
#pragma once

#include "bench/result/figures.hpp"

#include <rxlab/latency/histogram.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::bench {

class Rounds {
  public:
    Rounds() = default;
    // In nanoseconds; all of one range and precision.
    explicit Rounds(std::span<const latency::Histogram> rounds);

    [[nodiscard]] std::size_t size() const noexcept { return sums_.size(); }
    // Of all rounds together, as figures_of() of the merged histograms says, but for max.
    // Without the slowest packets, as below.
    [[nodiscard]] std::optional<double> figure(Figure figure, double slowest_percent = 0) const;
    // The same, round i counted weights[i] times, supported or not; none where nothing was drawn.
    // Percentiles, mean, stddev and jitter. The slowest packets are left out: `slowest_percent` of
    // all that were drawn, from 0 to 100, rounded down.
    [[nodiscard]] std::optional<double> figure(Figure figure,
                                               std::span<const std::uint32_t> weights,
                                               double slowest_percent = 0) const;

  private:
    struct Sums {
        double count = 0, values = 0, squares = 0;
        std::uint64_t max = 0;
    };

    // Of the `packets` fastest.
    [[nodiscard]] double percentile(double percent, std::uint64_t packets,
                                    std::span<const std::uint32_t> weights) const;
    [[nodiscard]] Sums sums(std::span<const std::uint32_t> weights) const noexcept;
    // Of the `packets` fastest; a packet counts as much as the value of its bucket.
    [[nodiscard]] Sums sums_of_fastest(std::uint64_t packets,
                                       std::span<const std::uint32_t> weights) const noexcept;
    [[nodiscard]] std::uint64_t count_to(std::size_t value,
                                         std::span<const std::uint32_t> weights) const noexcept;

    std::vector<Sums> sums_;             // of each round
    std::vector<std::uint64_t> values_;  // that some round has, ascending
    // Of each value, how many packets of each round were not above it.
    std::vector<std::uint64_t> counts_;
};

}  // namespace rxlab::bench
