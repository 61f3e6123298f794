// SPDX-License-Identifier: MIT
#include "bench/analysis/summarise.hpp"

#include "bench/analysis/statistics.hpp"

#include <algorithm>
#include <array>

namespace rxlab::bench {
namespace {

StageFigures stage_figures(const Distribution& stage) {
    const Figures figures = figures_of(stage.histogram);
    return {figures[Figure::p50], figures[Figure::p99], figures[Figure::max], stage.negative};
}

template <typename Get>
std::vector<std::optional<double>> over_runs(const ReceiverResult& receiver, Get get) {
    std::vector<std::optional<double>> values;
    for (const Run& run : receiver.runs)
        values.push_back(get(run));
    return values;
}

Summary maximum_over_rounds(std::span<const std::optional<double>> values) {
    Summary summary = over_rounds(values);
    summary.value = summary.max;
    return summary;
}

// If a single run has too few samples, all rounds together may have enough.
Summary pooled_summary(double percentile, const latency::Histogram& pooled) {
    Summary summary;
    summary.value = supported_percentile(pooled, percentile);
    summary.pooled = summary.value.has_value();
    return summary;
}

Summary summarise_figure(const ReceiverResult& receiver, Figure figure,
                         const latency::Histogram& pooled) {
    const auto values =
        over_runs(receiver, [&](const Run& run) { return run.figures.latency[figure]; });
    if (figure == Figure::max) return maximum_over_rounds(values);
    const Summary summary = over_rounds(values);
    const std::optional<double> percentile = percentile_of(figure);
    return summary.value || !percentile ? summary : pooled_summary(*percentile, pooled);
}

const StageFigures* in_run(const StageFigures& stage) {
    return &stage;
}
const StageFigures* in_run(const std::optional<StageFigures>& stage) {
    return stage ? &*stage : nullptr;
}

// For a stage that a run may lack.
template <typename Stage>
StageSummary summarise_stage(const ReceiverResult& receiver, Stage StagesOfRun::*stage) {
    const auto get = [&](std::optional<double> StageFigures::*figure) {
        return over_runs(receiver, [&](const Run& run) -> std::optional<double> {
            const StageFigures* figures = in_run(run.stages.*stage);
            return figures != nullptr ? figures->*figure : std::nullopt;
        });
    };
    return {over_rounds(get(&StageFigures::p50_ns)), over_rounds(get(&StageFigures::p99_ns)),
            maximum_over_rounds(get(&StageFigures::max_ns))};
}

StagesOverRounds summarise_stages(const ReceiverResult& receiver) {
    StagesOverRounds stages{summarise_stage(receiver, &StagesOfRun::sender_lag),
                            summarise_stage(receiver, &StagesOfRun::path),
                            summarise_stage(receiver, &StagesOfRun::book),
                            {},
                            {}};
    const bool is_stamped =
        std::any_of(receiver.runs.begin(), receiver.runs.end(),
                    [](const Run& run) { return run.stages.delivery.has_value(); });
    if (is_stamped) {
        stages.arrival = summarise_stage(receiver, &StagesOfRun::arrival);
        stages.delivery = summarise_stage(receiver, &StagesOfRun::delivery);
    }
    return stages;
}

CpuCost median_cost(const ReceiverResult& receiver) {
    std::vector<double> user, system, switches;
    for (const Run& run : receiver.runs) {
        user.push_back(run.receiver.usage.user_s);
        system.push_back(run.receiver.usage.system_s);
        switches.push_back(static_cast<double>(run.receiver.usage.voluntary_switches));
    }
    if (user.empty()) return {};
    return {median(user), median(system), median(switches)};
}

// The run whose p50 is the (lower) median; the first run if none has a p50.
std::size_t median_run(const ReceiverResult& receiver) {
    std::vector<std::size_t> order(receiver.runs.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return receiver.runs[a].figures.latency[Figure::p50].value_or(0) <
               receiver.runs[b].figures.latency[Figure::p50].value_or(0);
    });
    return order[(order.size() - 1) / 2];
}

const Run* run_of_round(const ReceiverResult& receiver, std::int64_t round) {
    const auto found = std::find_if(receiver.runs.begin(), receiver.runs.end(),
                                    [&](const Run& run) { return run.round == round; });
    return found == receiver.runs.end() ? nullptr : &*found;
}

std::optional<double> quotient(std::optional<double> numerator, std::optional<double> denominator) {
    if (!numerator || !denominator || *denominator <= 0) return std::nullopt;
    return *numerator / *denominator;
}

std::vector<double> ratios_by_round(const ReceiverResult& upper, const ReceiverResult& lower,
                                    Figure figure) {
    std::vector<double> ratios;
    for (const Run& run : upper.runs) {
        const Run* other = run_of_round(lower, run.round);
        if (other == nullptr) continue;
        const auto ratio = quotient(run.figures.latency[figure], other->figures.latency[figure]);
        if (ratio) ratios.push_back(*ratio);
    }
    return ratios;
}

Ratio ratio_of(const ReceiverResult& upper, const ReceiverResult& lower, Figure figure,
               double confidence) {
    Ratio ratio{upper.name, lower.name, figure, {}, {}, {}, {}, false, {}};
    const std::vector<double> by_round = ratios_by_round(upper, lower, figure);
    if (by_round.empty()) {
        const Summary& above = upper.figures.at(figure);
        const Summary& below = lower.figures.at(figure);
        ratio.value = quotient(above.value, below.value);
        ratio.pooled = ratio.value && (above.pooled || below.pooled);
        return ratio;
    }
    ratio.value = median_ratio(by_round);
    if (const auto interval = median_interval(by_round, confidence)) {
        ratio.low = interval->low;
        ratio.high = interval->high;
        ratio.confidence = interval->confidence;
        ratio.difference = interval->low > 1 || interval->high < 1;
    }
    return ratio;
}

double drift_ppm(const latency::TraceHeader& header) {
    if (!(header.start_ticks_per_ns > 0)) return 0;
    return (header.end_ticks_per_ns - header.start_ticks_per_ns) / header.start_ticks_per_ns * 1e6;
}

}  // namespace

Run run_from(const Joined& joined) {
    Run run;
    run.ledger = joined.total;
    run.figures = {figures_of(joined.latency.histogram), joined.latency.histogram.count(),
                   joined.latency.negative};
    run.stages = {stage_figures(joined.sender_lag),
                  stage_figures(joined.path),
                  stage_figures(joined.book),
                  {},
                  {}};
    if (joined.delivery.histogram.count() != 0) {
        run.stages.arrival = stage_figures(joined.arrival);
        run.stages.delivery = stage_figures(joined.delivery);
    }
    run.clock.ticks_per_ns = joined.ticks_per_ns;
    return run;
}

void add_trace_reports(Run& run, const TraceView& sender, const TraceView& receiver) {
    run.clock.source = std::string(to_string(sender.header.clock_source));
    run.clock.sender_drift_ppm = drift_ppm(sender.header);
    run.clock.receiver_drift_ppm = drift_ppm(receiver.header);
    run.trace.sender_overflow = sender.header.overflow;
    run.trace.receiver_overflow = receiver.header.overflow;
    run.trace.complete = sender.header.end_ticks_per_ns > 0 && receiver.header.end_ticks_per_ns > 0;
}

Summary over_rounds(std::span<const std::optional<double>> values) {
    std::vector<double> present;
    for (const auto& value : values) {
        if (value) present.push_back(*value);
    }
    Summary summary;
    if (present.empty() || present.size() != values.size()) return summary;
    summary.value = median(present);
    summary.min = *std::min_element(present.begin(), present.end());
    summary.max = *std::max_element(present.begin(), present.end());
    return summary;
}

void summarise(ReceiverResult& receiver, const latency::Histogram& pooled,
               std::span<const Timeline> timelines) {
    for (Figure figure : kAllFigures) {
        receiver.figures[figure] = summarise_figure(receiver, figure, pooled);
    }
    receiver.stages = summarise_stages(receiver);
    receiver.ledger = {};
    for (const Run& run : receiver.runs)
        receiver.ledger += run.ledger;
    receiver.usage = median_cost(receiver);
    receiver.histogram.significant_digits = pooled.digits();
    receiver.histogram.buckets.clear();
    for (const latency::HistogramBucket& bucket : pooled.buckets()) {
        receiver.histogram.buckets.emplace_back(bucket.value, bucket.count);
    }
    if (!timelines.empty()) receiver.timeline = timelines[median_run(receiver)];
}

std::vector<Ratio> ratios_between(std::span<const ReceiverResult> receivers, double confidence) {
    constexpr std::array kFigures{Figure::p50, Figure::p99, Figure::p999, Figure::stddev,
                                  Figure::jitter};
    std::vector<Ratio> ratios;
    for (std::size_t upper = 0; upper < receivers.size(); ++upper) {
        for (std::size_t lower = upper + 1; lower < receivers.size(); ++lower) {
            for (Figure figure : kFigures) {
                ratios.push_back(ratio_of(receivers[upper], receivers[lower], figure, confidence));
            }
        }
    }
    return ratios;
}

Control control_from(std::span<const ReceiverResult> receivers, ReceiverResult again,
                     double confidence) {
    Control control;
    control.receiver = again.name;
    const auto first = std::find_if(receivers.begin(), receivers.end(),
                                    [&](const auto& each) { return each.name == again.name; });
    if (first != receivers.end()) {
        const std::array pair{*first, again};
        control.ratios = ratios_between(pair, confidence);
    }
    control.runs = std::move(again.runs);
    return control;
}

}  // namespace rxlab::bench
