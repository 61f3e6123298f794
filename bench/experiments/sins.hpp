// SPDX-License-Identifier: MIT
//
// The classic errors of latency benchmarks, committed on the traces of real runs, and how much
// better each error makes the runs look. Pure functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/report/tables.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::bench {

// One receiver's runs, joined with JoinOptions::keep_packets.
struct RecordedSeries {
    std::string name;
    std::vector<Joined> runs;
};

// What a benchmark with this error would print, in nanoseconds; none if it prints no such figure or
// has too few samples.
struct SinFigures {
    std::string sin;  // "honest" for none
    std::string how;
    std::optional<double> p50_ns, p99_ns, max_ns;
};

// The honest figures first, of the packets of all runs together. Then those of each sin.
[[nodiscard]] std::vector<SinFigures> commit_sins(const RecordedSeries& series);

// A table for each series, with what each sin gains over the honest figure.
[[nodiscard]] Document sins_document(std::span<const RecordedSeries> all);

}  // namespace rxlab::bench
