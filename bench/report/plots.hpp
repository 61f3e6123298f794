// SPDX-License-Identifier: MIT
//
// Plots of a result, drawn by gnuplot as SVG: for each scenario, every receiver's percentile curve
// and its latency over time. They are made from the result alone.
#pragma once

#include "bench/result/result.hpp"

#include <filesystem>
#include <vector>

namespace rxlab::bench {

// A point of a percentile curve: x = 1 / (1 - p), so that every further nine is one decade.
struct CurvePoint {
    double x;
    double latency_us;
};

// The curve of a histogram, thinned to what a picture can show; the last point is the maximum.
// `supported` ends where fewer than kSamplesBeyond samples lie beyond; `beyond` is the rest.
struct Curve {
    std::vector<CurvePoint> supported, beyond;
};
[[nodiscard]] Curve percentile_curve(const HistogramBuckets& histogram);

// Writes <scenario>-percentiles.svg and <scenario>-timeline.svg into `directory` and returns their
// paths. Throws Interrupted, and std::runtime_error if gnuplot is missing or fails.
std::vector<std::filesystem::path> draw_plots(const Result& result,
                                              const std::filesystem::path& directory);

}  // namespace rxlab::bench
