// SPDX-License-Identifier: MIT
#include "bench/experiments/sins.hpp"

#include "bench/analysis/statistics.hpp"
#include "bench/result/figures.hpp"

#include <rxlab/latency/histogram.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace rxlab::bench {
namespace {

using Latencies = std::vector<double>;

// The latencies that one run would yield, right or wrong.
using Measure = std::function<Latencies(const Joined&)>;

std::optional<double> percentile(const Latencies& sorted, double percent) {
    if (!percentile_is_supported(percent, sorted.size())) return std::nullopt;
    return latency::percentile(sorted, percent);
}

struct OfRun {
    std::optional<double> p50_ns, p99_ns, max_ns;
};

OfRun figures_of_run(const Joined& run, const Measure& measure) {
    Latencies values = measure(run);
    std::sort(values.begin(), values.end());
    OfRun figures{percentile(values, 50), percentile(values, 99), {}};
    if (!values.empty()) figures.max_ns = values.back();
    return figures;
}

std::optional<double> median_over(const std::vector<OfRun>& runs,
                                  std::optional<double> OfRun::*figure) {
    std::vector<double> values;
    for (const OfRun& run : runs) {
        if (!(run.*figure)) return std::nullopt;
        values.push_back(*(run.*figure));
    }
    if (values.empty()) return std::nullopt;
    return median(values);
}

SinFigures over_runs(const RecordedSeries& series, std::string sin, std::string how,
                     const Measure& measure) {
    std::vector<OfRun> runs;
    for (const Joined& run : series.runs)
        runs.push_back(figures_of_run(run, measure));
    SinFigures figures{std::move(sin), std::move(how), median_over(runs, &OfRun::p50_ns),
                       median_over(runs, &OfRun::p99_ns), std::nullopt};
    for (const OfRun& run : runs) {
        if (run.max_ns) figures.max_ns = std::max(figures.max_ns.value_or(0), *run.max_ns);
    }
    return figures;
}

// The values of every packet after the warm-up for which `get` has one.
template <typename Get>
Latencies each_packet(const Joined& run, Get get) {
    Latencies values;
    for (const PacketTimes& packet : run.packets) {
        if (!packet.is_warmup) values.push_back(get(packet));
    }
    return values;
}

Latencies honest(const Joined& run) {
    return each_packet(run, [](const PacketTimes& p) { return p.latency_ns(); });
}

Latencies from_send(const Joined& run) {
    return each_packet(run, [](const PacketTimes& p) { return p.booked_ns - p.sent_ns; });
}

Latencies untouched(const Joined& run) {
    return each_packet(run, [](const PacketTimes& p) { return p.received_ns - p.intended_ns; });
}

// A ping-pong sends only when the answer has come, so packets that would have waited for others, or
// that the sender sent late, are never sent. Two crossings are timed from the call and halved.
Latencies half_round_trips(const Joined& run) {
    Latencies crossings, halves;
    double free_ns = 0;
    for (const PacketTimes& packet : run.packets) {
        const bool was_idle = packet.sent_ns >= free_ns;
        free_ns = std::max(free_ns, packet.booked_ns);
        if (was_idle && !packet.is_warmup) crossings.push_back(packet.booked_ns - packet.sent_ns);
    }
    for (std::size_t i = 0; i + 1 < crossings.size(); ++i)
        halves.push_back((crossings[i] + crossings[i + 1]) / 2);
    return halves;
}

Latencies without_outliers(const Joined& run) {
    constexpr double kKept = 0.99;
    Latencies values = honest(run);
    std::sort(values.begin(), values.end());
    values.resize(static_cast<std::size_t>(static_cast<double>(values.size()) * kKept));
    return values;
}

SinFigures mean_only(const RecordedSeries& series) {
    std::vector<double> means;
    for (const Joined& run : series.runs) {
        const Latencies values = honest(run);
        if (values.empty()) continue;
        means.push_back(std::accumulate(values.begin(), values.end(), 0.0) /
                        static_cast<double>(values.size()));
    }
    SinFigures figures{"mean instead of percentiles", "one average, shown where p99 belongs",
                       std::nullopt, std::nullopt, std::nullopt};
    if (!means.empty()) figures.p99_ns = median(means);
    return figures;
}

SinFigures lucky_run(const RecordedSeries& series) {
    SinFigures best{"one lucky run", "of all runs the one with the lowest p99", {}, {}, {}};
    for (const Joined& run : series.runs) {
        const OfRun figures = figures_of_run(run, honest);
        if (!figures.p99_ns || (best.p99_ns && *best.p99_ns <= *figures.p99_ns)) continue;
        best.p50_ns = figures.p50_ns;
        best.p99_ns = figures.p99_ns;
        best.max_ns = figures.max_ns;
    }
    return best;
}

std::string or_dash(const std::optional<double>& value_ns) {
    return value_ns ? microseconds(*value_ns) : "–";
}

std::string gain(const std::optional<double>& honest_ns, const std::optional<double>& sinful_ns) {
    if (!honest_ns || !sinful_ns || *sinful_ns <= 0) return "–";
    return fmt::format("{:.3g}x", *honest_ns / *sinful_ns);
}

}  // namespace

std::vector<SinFigures> commit_sins(const RecordedSeries& series) {
    return {
        over_runs(series, "honest", "from the intended send to the updated book", honest),
        over_runs(series, "latency from actual send",
                  "a sender that stalls sends late, and the wait is not counted", from_send),
        over_runs(series, "half round trip",
                  "simulated: only packets that found everybody idle, two crossings halved",
                  half_round_trips),
        mean_only(series),
        over_runs(series, "losers dropped",
                  "the slowest 1% are called outliers, lost packets not mentioned",
                  without_outliers),
        over_runs(series, "payload not touched", "the clock stops when the packet is announced",
                  untouched),
        lucky_run(series),
    };
}

Document sins_document(std::span<const RecordedSeries> all) {
    Document document;
    document.title = "Six ways to look better";
    document.header.emplace_back("None of the figures below the first row of a table is true.");
    for (const RecordedSeries& series : all) {
        Table table{"Latency, µs, and how much better each error makes it look",
                    {"error", "p50", "p99", "maximum", "p50 gains", "p99 gains"},
                    {}};
        const std::vector<SinFigures> figures = commit_sins(series);
        for (const SinFigures& each : figures) {
            const bool is_honest = &each == &figures.front();
            const auto gained = [&](std::optional<double> SinFigures::*figure) {
                return is_honest ? std::string("") : gain(figures.front().*figure, each.*figure);
            };
            table.rows.push_back({each.sin, or_dash(each.p50_ns), or_dash(each.p99_ns),
                                  or_dash(each.max_ns), gained(&SinFigures::p50_ns),
                                  gained(&SinFigures::p99_ns)});
        }
        document.sections.push_back(
            {fmt::format("{}, {} runs", series.name, series.runs.size()), {std::move(table)}});
        if (document.footnotes.empty()) {
            for (const SinFigures& each : figures)
                document.footnotes.push_back(each.sin + ": " + each.how + ".");
        }
    }
    return document;
}

}  // namespace rxlab::bench
