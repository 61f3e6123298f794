// SPDX-License-Identifier: MIT
#include "bench/experiments/sins.hpp"

#include "bench/result/figures.hpp"

#include <rxlab/latency/histogram.hpp>

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

// Of all runs together, as in the tables of a result.
SinFigures over_runs(const RecordedSeries& series, std::string sin, std::string how,
                     const Measure& measure) {
    Latencies values;
    for (const Joined& run : series.runs) {
        const Latencies of_run = measure(run);
        values.insert(values.end(), of_run.begin(), of_run.end());
    }
    std::sort(values.begin(), values.end());
    SinFigures figures{std::move(sin), std::move(how), percentile(values, 50),
                       percentile(values, 99), std::nullopt};
    if (!values.empty()) figures.max_ns = values.back();
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
    SinFigures figures{"mean instead of percentiles", "one average, shown where p99 belongs",
                       std::nullopt, std::nullopt, std::nullopt};
    double sum_ns = 0;
    std::size_t count = 0;
    for (const Joined& run : series.runs) {
        const Latencies values = honest(run);
        sum_ns = std::accumulate(values.begin(), values.end(), sum_ns);
        count += values.size();
    }
    if (count > 0) figures.p99_ns = sum_ns / static_cast<double>(count);
    return figures;
}

// Who does this does not ask how few packets lie beyond a percentile of one run.
SinFigures lucky_run(const RecordedSeries& series) {
    SinFigures best{"one lucky run",
                    "of all runs the one with the lowest p99, however few its packets",
                    {},
                    {},
                    {}};
    for (const Joined& run : series.runs) {
        Latencies values = honest(run);
        if (values.empty()) continue;
        std::sort(values.begin(), values.end());
        const double p99_ns = latency::percentile(values, 99);
        if (best.p99_ns && *best.p99_ns <= p99_ns) continue;
        best.p50_ns = latency::percentile(values, 50);
        best.p99_ns = p99_ns;
        best.max_ns = values.back();
    }
    return best;
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

Sins sins_of(std::span<const RecordedSeries> all) {
    Sins sins;
    for (const RecordedSeries& series : all) {
        sins.series.push_back(
            {series.name, static_cast<std::int64_t>(series.runs.size()), commit_sins(series)});
    }
    return sins;
}

}  // namespace rxlab::bench
