// SPDX-License-Identifier: MIT
#include "bench/report/plots.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/report/gnuplot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

std::string data_block(const std::string& name, const std::vector<CurvePoint>& points) {
    std::string text = fmt::format("${} << EOD\n", name);
    for (const CurvePoint& point : points) {
        text += fmt::format("{:.8g} {:.6g}\n", point.x, point.latency_us);
    }
    return text + "EOD\n";
}

// "Kernel socket, spinning: VOID, no-loss": replaces a curve that must not be used.
std::string void_title(const ScenarioResult& scenario, const ReceiverResult& receiver) {
    return fmt::format("{}: VOID, {}", receiver.title, void_reasons(scenario, receiver.name));
}

std::string percentile_script(const ScenarioResult& scenario, const fs::path& output) {
    std::string data, plot;
    bool has_curve = false;
    double x_max = 1000;
    for (std::size_t i = 0; i < scenario.receivers.size(); ++i) {
        const ReceiverResult& receiver = scenario.receivers[i];
        const std::string comma = plot.empty() ? "plot " : ", ";
        if (is_void(scenario, receiver.name)) {
            plot += fmt::format("{}keyentry with lines linewidth 1 linecolor '#888888' title {}",
                                comma, quoted(void_title(scenario, receiver)));
            continue;
        }
        const Curve curve = percentile_curve(receiver.histogram);
        if (curve.supported.empty()) continue;
        has_curve = true;
        if (!curve.beyond.empty()) x_max = std::max(x_max, curve.beyond.back().x);
        data += data_block(fmt::format("solid{}", i), curve.supported);
        data += data_block(fmt::format("thin{}", i), curve.beyond);
        const std::string colour = colour_of(receiver.name, i);
        plot += fmt::format("{}$solid{} with lines linewidth 3 linecolor '{}' title {}", comma, i,
                            colour, quoted(receiver.title));
        plot += fmt::format(", $thin{} with lines linewidth 1.5 dashtype 3 linecolor '{}' notitle",
                            i, colour);
    }
    if (plot.empty()) return {};
    // With nothing but names in the key, gnuplot still needs something to plot, and a range.
    if (!has_curve) plot = "set yrange [1:10]\n" + plot + ", NaN notitle";
    return preamble(output, 900, 500, 21) + data +
           fmt::format(
               "set title {}\n"
               "set xlabel 'percentile (dotted: fewer than {} samples beyond)'\n"
               "set ylabel 'latency, µs'\n"
               "set logscale x\nset xrange [1:{}]\n"
               "set xtics ('0%%' 1, '50%%' 2, '90%%' 10, '99%%' 100, '99.9%%' 1000, "
               "'99.99%%' 10000, '99.999%%' 100000, '99.9999%%' 1000000)\n"
               "set key top left reverse Left samplen 2\n{}\n",
               quoted("From intended send to updated book: " + scenario.title), kSamplesBeyond,
               x_max, plot);
}

// gnuplot's missing value.
std::string us_or_missing(const std::optional<double>& value_ns) {
    return value_ns ? fmt::format("{:.6g}", *value_ns / 1000) : "?";
}

std::string timeline_data(const ReceiverResult& receiver, std::size_t index) {
    std::string text = fmt::format("$time{} << EOD\n", index);
    for (const TimelineBin& bin : receiver.timeline.bins) {
        text += fmt::format("{:.6g} {} {} {} {}\n", bin.t_s + receiver.timeline.bin_s / 2,
                            us_or_missing(bin.p50_ns), us_or_missing(bin.p90_ns),
                            us_or_missing(bin.p99_ns), us_or_missing(bin.max_ns));
    }
    return text + "EOD\n";
}

// A step of 1, 2 or 5 times a power of ten that divides `range` into at most three.
double tick_step(double range) {
    const double power = std::pow(10, std::floor(std::log10(range / 3)));
    for (double step : {1.0, 2.0, 5.0}) {
        if (range / (step * power) <= 3) return step * power;
    }
    return 10 * power;
}

std::string panel_plot(std::size_t index, const std::string& colour) {
    return fmt::format(
        "plot $time{0} using 1:5 with points pointtype 7 pointsize 0.45 linecolor '#888888', "
        "$time{0} using 1:3 with lines linewidth 2 dashtype 2 linecolor '{1}', "
        "$time{0} using 1:2 with lines linewidth 3 linecolor '{1}'\n",
        index, colour);
}

struct Range {
    double low, high;
};

// Whole decades around everything that is drawn, in microseconds.
Range decades_of(const ScenarioResult& scenario) {
    Range range{1e12, 0};
    for (const ReceiverResult& receiver : scenario.receivers) {
        if (is_void(scenario, receiver.name)) continue;
        for (const TimelineBin& bin : receiver.timeline.bins) {
            if (bin.p50_ns) range.low = std::min(range.low, *bin.p50_ns / 1000);
            if (bin.max_ns) range.high = std::max(range.high, *bin.max_ns / 1000);
        }
    }
    if (range.high <= 0) return {1, 10};
    const double low = std::max(range.low, 0.001);
    return {std::pow(10, std::floor(std::log10(low))),
            std::pow(10, std::ceil(std::log10(std::max(range.high, low * 1.1))))};
}

// One panel a receiver, all with the same axes.
std::string timeline_script(const ScenarioResult& scenario, const fs::path& output) {
    std::string data, panels;
    std::size_t count = 0;
    for (std::size_t i = 0; i < scenario.receivers.size(); ++i) {
        const ReceiverResult& receiver = scenario.receivers[i];
        const auto has_median = [](const TimelineBin& bin) { return bin.p50_ns.has_value(); };
        if (std::none_of(receiver.timeline.bins.begin(), receiver.timeline.bins.end(),
                         has_median)) {
            continue;
        }
        if (is_void(scenario, receiver.name)) {
            panels += fmt::format("set title {} textcolor '#888888'\nplot NaN notitle\n",
                                  quoted("VOID: " + receiver.title));
        } else {
            data += timeline_data(receiver, i);
            panels += fmt::format("set title {} textcolor '#222222'\n", quoted(receiver.title));
            panels += panel_plot(i, colour_of(receiver.name, i));
        }
        if (count == 0) panels += "unset ylabel\nset format y ''\nunset label\n";
        ++count;
    }
    if (count == 0) return {};
    const Range decades = decades_of(scenario);
    return preamble(output, 900, 420, 18) + data +
           fmt::format(
               "set multiplot layout 1,{} margins 0.1,0.985,0.16,0.78 spacing 0.02,0\n"
               "set yrange [{}:{}]\nset xrange [0:{}]\nset xtics 0,{}\n"
               "set title font ',16'\n"
               "set label 1 {} at screen 0.02,0.95 left textcolor '#222222'\n"
               "set label 2 'seconds from the start of the run' at screen 0.54,0.035 "
               "center textcolor '#222222'\n"
               "set ylabel 'latency, µs'\n"
               "set label 3 'solid: p50, dashed: p90, dots: maximum' at screen 0.985,0.95 "
               "right textcolor '#222222'\n"
               "unset key\n"
               "{}unset multiplot\n",
               count, decades.low, decades.high, scenario.seconds, tick_step(scenario.seconds),
               quoted("Each receiver's median run over time: " + scenario.title), panels);
}

}  // namespace

Curve percentile_curve(const HistogramBuckets& histogram) {
    constexpr double kStep = 1.01;  // of x: finer than a pixel
    double total = 0;
    for (const auto& [value, count] : histogram.buckets)
        total += static_cast<double>(count);
    Curve curve;
    double counted = 0, last_x = 0;
    for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
        const auto& [value, count] = histogram.buckets[i];
        // A bucket's x is the share of packets up to and including it; the maximum is drawn where
        // one packet of all lies beyond.
        counted += static_cast<double>(count);
        const double beyond = std::max(total - counted, 1.0);
        const CurvePoint point{total / beyond, static_cast<double>(value) / 1000};
        if (i == 0) curve.supported.push_back({1, point.latency_us});
        const bool is_last = i + 1 == histogram.buckets.size();
        if (!is_last && point.x < last_x * kStep) continue;
        last_x = point.x;
        if (beyond >= static_cast<double>(kSamplesBeyond)) {
            curve.supported.push_back(point);
        } else {
            if (curve.beyond.empty()) curve.beyond.push_back(curve.supported.back());
            curve.beyond.push_back(point);
        }
    }
    return curve;
}

std::vector<fs::path> draw_plots(const Result& result, const fs::path& directory) {
    std::vector<fs::path> drawn;
    for (const ScenarioResult& scenario : result.scenarios) {
        const fs::path curve = directory / (scenario.name + "-percentiles.svg");
        const fs::path timeline = directory / (scenario.name + "-timeline.svg");
        for (const auto& [path, script] :
             {std::pair{curve, percentile_script(scenario, curve)},
              std::pair{timeline, timeline_script(scenario, timeline)}}) {
            if (script.empty()) continue;
            run_gnuplot(script);
            drawn.push_back(path);
        }
    }
    return drawn;
}

}  // namespace rxlab::bench
