// SPDX-License-Identifier: MIT
//
// Plots, drawn by gnuplot as SVG. Scripts in gnuplot's own language, in bench/report/plots, say how
// they look; data, titles and colours come from here. Functions without state.
#pragma once

#include "bench/result/result.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
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
// paths. Throws what draw() throws.
std::vector<std::filesystem::path> draw_plots(const Result& result,
                                              const std::filesystem::path& directory);

// A receiver's part of a picture.
struct PlotSeries {
    std::string title, colour;
    std::string points;  // a line each, with the columns that the script names; empty: title only
};

// Okabe and Ito's palette, which colour-blind people can tell apart. A receiver keeps its colour.
[[nodiscard]] std::string colour_of(const std::string& receiver, std::size_t index);

// In microseconds, or gnuplot's missing value.
[[nodiscard]] std::string us_or_missing(const std::optional<double>& value_ns);

// Has bench/report/plots/`script`.gnuplot draw to `output`. `testbed`: its name, for what must be
// said of some receivers on it, at the foot of the picture. `settings`: what else the script wants,
// as gnuplot's assignments. Throws Interrupted, and std::runtime_error if gnuplot is missing or
// fails.
void draw(const std::string& script, const std::filesystem::path& output, const std::string& title,
          const std::vector<PlotSeries>& series, const std::string& testbed,
          const std::string& settings = {});

}  // namespace rxlab::bench
