// SPDX-License-Identifier: MIT
#include "bench/report/plots.hpp"

#include "bench/analysis/judge.hpp"
#include "bench/report/table_parts.hpp"
#include "bench/run/process.hpp"

#include <rxlab/program/files.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <system_error>

namespace rxlab::bench {
namespace {

namespace fs = std::filesystem;

// gnuplot's single-quoted string.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (char c : text) {
        result += c;
        if (c == '\'') result += c;
    }
    return result + '\'';
}

// An array of gnuplot's, with an entry for each series.
template <typename Entry>
std::string array_of(const char* name, const std::vector<PlotSeries>& series, Entry entry) {
    std::vector<std::string> entries;
    for (const PlotSeries& each : series)
        entries.push_back(entry(each));
    return fmt::format("array {}[{}] = [{}]\n", name, entries.size(), fmt::join(entries, ", "));
}

void run_gnuplot(const std::string& script) {
    const program::ScratchDirectory scratch(fs::temp_directory_path());
    const fs::path file = scratch.path() / "plot.gnuplot";
    program::write_file_atomically(file, script);
    CommandOutcome outcome;
    try {
        outcome =
            run_command("gnuplot", {{"gnuplot", file.string()}, {}, {}}, Milliseconds{60'000});
    } catch (const std::system_error&) {
        throw std::runtime_error(
            "draw the plots: gnuplot is not installed; apt-get install gnuplot-nox, then "
            "`rxbench report`");
    }
    if (!outcome.status.ok()) {
        throw std::runtime_error(fmt::format("draw the plots: gnuplot: {}: {}",
                                             outcome.status.describe(), outcome.errors));
    }
}

std::string percentile_points(const Curve& curve) {
    std::string points;
    for (const CurvePoint& point : curve.supported)
        points += fmt::format("{:.8g} {:.6g} ?\n", point.x, point.latency_us);
    for (const CurvePoint& point : curve.beyond)
        points += fmt::format("{:.8g} ? {:.6g}\n", point.x, point.latency_us);
    return points;
}

std::string timeline_points(const Timeline& timeline) {
    std::string points;
    for (const TimelineBin& bin : timeline.bins) {
        points += fmt::format("{:.6g} {} {} {} {}\n", bin.t_s + timeline.bin_s / 2,
                              us_or_missing(bin.p50_ns), us_or_missing(bin.p90_ns),
                              us_or_missing(bin.p99_ns), us_or_missing(bin.max_ns));
    }
    return points;
}

std::vector<PlotSeries> percentile_series(const ScenarioResult& scenario) {
    std::vector<PlotSeries> series;
    for (std::size_t i = 0; i < scenario.receivers.size(); ++i) {
        const ReceiverResult& receiver = scenario.receivers[i];
        if (is_void(scenario, receiver.name)) {
            const std::string why = void_reasons(scenario, receiver.name);
            series.push_back({fmt::format("{}: VOID, {}", receiver.title, why), {}, {}});
        } else if (const Curve curve = percentile_curve(receiver.histogram);
                   !curve.supported.empty()) {
            series.push_back(
                {receiver.title, colour_of(receiver.name, i), percentile_points(curve)});
        }
    }
    return series;
}

std::vector<PlotSeries> timeline_series(const ScenarioResult& scenario) {
    std::vector<PlotSeries> series;
    for (std::size_t i = 0; i < scenario.receivers.size(); ++i) {
        const ReceiverResult& receiver = scenario.receivers[i];
        if (std::ranges::none_of(receiver.timeline.bins,
                                 [](const TimelineBin& bin) { return bin.p50_ns.has_value(); })) {
            continue;
        }
        if (is_void(scenario, receiver.name)) {
            series.push_back({"VOID: " + receiver.title, {}, {}});
        } else {
            series.push_back(
                {receiver.title, colour_of(receiver.name, i), timeline_points(receiver.timeline)});
        }
    }
    return series;
}

}  // namespace

std::string colour_of(const std::string& receiver, std::size_t index) {
    // Kernel sockets are warm and bypass is blue, as on the slides.
    static const std::map<std::string, std::string> kKnown{{"kernel-block", "#d55e00"},
                                                           {"kernel-spin", "#e69f00"},
                                                           {"dpdk-af_packet", "#0072b2"},
                                                           {"dpdk-af_xdp", "#56b4e9"}};
    static const std::array<std::string, 3> kOthers{"#cc79a7", "#009e73", "#555555"};
    const auto found = kKnown.find(receiver);
    return found != kKnown.end() ? found->second : kOthers[index % kOthers.size()];
}

std::string us_or_missing(const std::optional<double>& value_ns) {
    return value_ns ? fmt::format("{:.6g}", *value_ns / 1000) : "?";
}

void draw(const std::string& script, const fs::path& output, const std::string& title,
          const std::vector<PlotSeries>& series, const std::string& testbed,
          const std::string& settings) {
    constexpr const char* kNoPoints = "NaN NaN NaN NaN NaN\n";
    std::vector<std::string> blocks;
    for (const PlotSeries& each : series)
        blocks.push_back(each.points.empty() ? kNoPoints : each.points);
    std::string receivers;
    for (const PlotSeries& each : series)
        receivers += each.title + '\n';
    const auto drawn =
        std::ranges::count_if(series, [](const PlotSeries& each) { return !each.points.empty(); });
    run_gnuplot(
        fmt::format("plots = {}\noutput = {}\ntitle = {}\nfoot = {}\ndrawn = {}\n{}\n",
                    quoted(program::data_folder("plots", RXLAB_PLOTS_DIR).string()),
                    quoted(output.string()), quoted(title),
                    quoted(frames_come_from_kernel(testbed, receivers)), drawn, settings) +
        array_of("titles", series, [](const PlotSeries& each) { return quoted(each.title); }) +
        array_of("is_drawn", series,
                 [](const PlotSeries& each) { return each.points.empty() ? "0" : "1"; }) +
        array_of("colours", series,
                 [](const PlotSeries& each) {
                     return quoted(each.points.empty() ? "#888888" : each.colour);
                 }) +
        // One blank line would only interrupt a curve: two begin another one.
        fmt::format("$series << EOD\n{}EOD\nload plots . '/{}.gnuplot'\n",
                    fmt::join(blocks, "\n\n"), script));
}

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
    const auto draw_if_any = [&](const std::string& kind, const ScenarioResult& scenario,
                                 const std::string& title, const std::vector<PlotSeries>& series,
                                 const std::string& settings) {
        if (series.empty()) return;
        const fs::path path = directory / fmt::format("{}-{}.svg", scenario.name, kind);
        draw(kind, path, title + ": " + scenario.title, series, result.testbed.name, settings);
        drawn.push_back(path);
    };
    for (const ScenarioResult& scenario : result.scenarios) {
        draw_if_any("percentiles", scenario, "From intended send to updated book",
                    percentile_series(scenario),
                    fmt::format("samples_beyond = {}", kSamplesBeyond));
        draw_if_any("timeline", scenario, "Each receiver's median run over time",
                    timeline_series(scenario), fmt::format("seconds = {}", scenario.seconds));
    }
    return drawn;
}

}  // namespace rxlab::bench
