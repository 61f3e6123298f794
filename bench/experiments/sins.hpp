// SPDX-License-Identifier: MIT
//
// The classic errors of latency benchmarks, committed on the traces of real runs, and how much
// better each error makes the runs look. Pure functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/result/sins.hpp"

#include <span>
#include <string>
#include <vector>

namespace rxlab::bench {

// One receiver's runs, joined with JoinOptions::keep_packets.
struct RecordedSeries {
    std::string name;
    std::vector<Joined> runs;
};

// The honest figures first, of the packets of all runs together. Then those of each sin.
[[nodiscard]] std::vector<SinFigures> commit_sins(const RecordedSeries& series);

[[nodiscard]] Sins sins_of(std::span<const RecordedSeries> all);

}  // namespace rxlab::bench
