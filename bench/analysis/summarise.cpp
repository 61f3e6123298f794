// SPDX-License-Identifier: MIT
#include "bench/analysis/summarise.hpp"

#include "bench/analysis/disturbances.hpp"
#include "bench/analysis/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace rxlab::bench {
namespace {

constexpr std::array kStagePairs{std::pair{&StageHistograms::sender_lag, &Joined::sender_lag},
                                 std::pair{&StageHistograms::path, &Joined::path},
                                 std::pair{&StageHistograms::book, &Joined::book},
                                 std::pair{&StageHistograms::wire, &Joined::wire},
                                 std::pair{&StageHistograms::from_nic, &Joined::from_nic},
                                 std::pair{&StageHistograms::arrival, &Joined::arrival},
                                 std::pair{&StageHistograms::delivery, &Joined::delivery}};

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

std::string too_few(double kept_percent) {
    return fmt::format(
        "only {:.0f}% of its packets met an undisturbed machine; at least {:.0f}% are "
        "needed",
        std::floor(kept_percent), kKept_percent_min);
}

latency::Histogram without_slowest(const latency::Histogram& all, double percent) {
    latency::Histogram rest{all.highest(), all.digits()};
    const double share = std::min(percent, 100.0) / 100;
    std::uint64_t left =
        all.count() - static_cast<std::uint64_t>(share * static_cast<double>(all.count()));
    for (const latency::HistogramBucket& bucket : all.buckets()) {
        const std::uint64_t taken = std::min(left, bucket.count);
        rest.record(bucket.value, taken);
        left -= taken;
    }
    return rest;
}

Undisturbed summarise_undisturbed(const ReceiverResult& receiver,
                                  const latency::Histogram& pooled) {
    Undisturbed result;
    for (const Figure figure : kAllFigures)
        result.figures[figure] = {};
    double kept = 0, all = 0;
    for (const Run& run : receiver.runs) {
        if (!run.undisturbed || !run.undisturbed->kept_percent) {
            result.why_not = run.undisturbed ? run.undisturbed->why_not : "not recorded";
            return result;
        }
        kept += static_cast<double>(run.undisturbed->samples);
        all += static_cast<double>(run.figures.samples + run.figures.negative);
    }
    if (all == 0) return result;
    result.kept_percent = 100 * kept / all;
    if (*result.kept_percent < kKept_percent_min) {
        result.why_not = too_few(*result.kept_percent);
        return result;
    }
    const Figures figures = figures_of(pooled);
    for (const Figure figure : kAllFigures) {
        Summary& summary = result.figures[figure];
        summary = over_rounds(
            over_runs(receiver, [&](const Run& run) { return run.undisturbed->latency[figure]; }));
        summary.value = figures[figure];
    }
    return result;
}

// The range is that of the rounds, where each of them supports the figure.
Summary summarise_figure(const ReceiverResult& receiver, Figure figure, const Figures& pooled) {
    Summary summary = over_rounds(
        over_runs(receiver, [&](const Run& run) { return run.figures.latency[figure]; }));
    summary.value = pooled[figure];
    return summary;
}

StageSummary summarise_stage(const std::vector<const StageFigures*>& runs,
                             const latency::Histogram& pooled) {
    const auto over = [&](std::optional<double> StageFigures::*figure) {
        std::vector<std::optional<double>> values;
        for (const StageFigures* run : runs)
            values.push_back(run->*figure);
        return over_rounds(values);
    };
    StageSummary summary{over(&StageFigures::p50_ns), over(&StageFigures::p99_ns),
                         over(&StageFigures::max_ns)};
    const Figures figures = figures_of(pooled);
    summary.p50_ns.value = figures[Figure::p50];
    summary.p99_ns.value = figures[Figure::p99];
    summary.max_ns.value = figures[Figure::max];
    return summary;
}

StagesOverRounds summarise_stages(const ReceiverResult& receiver, const StageHistograms& pooled) {
    const auto of = [&](StageFigures StagesOfRun::*stage, const latency::Histogram& histogram) {
        std::vector<const StageFigures*> runs;
        for (const Run& run : receiver.runs)
            runs.push_back(&(run.stages.*stage));
        return summarise_stage(runs, histogram);
    };
    StagesOverRounds stages{of(&StagesOfRun::sender_lag, pooled.sender_lag),
                            of(&StagesOfRun::path, pooled.path),
                            of(&StagesOfRun::book, pooled.book),
                            {},
                            {},
                            {},
                            {}};
    // Of those runs whose packets were stamped.
    const auto part = [&](Extra<StageFigures> StagesOfRun::*stage,
                          const latency::Histogram& histogram) {
        std::vector<const StageFigures*> runs;
        for (const Run& run : receiver.runs) {
            if (run.stages.*stage) runs.push_back(&*(run.stages.*stage));
        }
        return summarise_stage(runs, histogram);
    };
    if (pooled.from_nic.count() != 0) {
        stages.wire = part(&StagesOfRun::wire, pooled.wire);
        stages.from_nic = part(&StagesOfRun::from_nic, pooled.from_nic);
    }
    if (pooled.delivery.count() != 0) {
        stages.arrival = part(&StagesOfRun::arrival, pooled.arrival);
        stages.delivery = part(&StagesOfRun::delivery, pooled.delivery);
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
                  {},
                  {},
                  {}};
    if (joined.from_nic.histogram.count() != 0) {
        run.stages.wire = stage_figures(joined.wire);
        run.stages.from_nic = stage_figures(joined.from_nic);
    }
    if (joined.delivery.histogram.count() != 0) {
        run.stages.arrival = stage_figures(joined.arrival);
        run.stages.delivery = stage_figures(joined.delivery);
    }
    run.clock.ticks_per_ns = joined.ticks_per_ns;
    return run;
}

UndisturbedRun undisturbed_from(const Joined& joined, const std::string& why_not) {
    UndisturbedRun result{0, std::nullopt, why_not, {}};
    const Distribution &all = joined.latency, &kept = joined.undisturbed;
    const std::uint64_t packets = all.histogram.count() + all.negative;
    if (!why_not.empty() || packets == 0) return result;
    result.samples = kept.histogram.count() + kept.negative;
    result.kept_percent = 100 * static_cast<double>(result.samples) / static_cast<double>(packets);
    if (*result.kept_percent < kKept_percent_min) {
        result.why_not = too_few(*result.kept_percent);
    } else {
        result.latency = figures_of(kept.histogram);
    }
    return result;
}

void add_trace_reports(Run& run, const TraceView& sender, const TraceView& receiver) {
    run.clock.source = std::string(to_string(sender.header.clock_source));
    run.clock.sender_drift_ppm = drift_ppm(sender.header);
    run.clock.receiver_drift_ppm = drift_ppm(receiver.header);
    run.trace.sender_overflow = sender.header.overflow;
    run.trace.receiver_overflow = receiver.header.overflow;
    run.trace.complete = sender.header.end_ticks_per_ns > 0 && receiver.header.end_ticks_per_ns > 0;
}

double unseen_percent(std::span<const ReceiverResult* const> receivers) {
    double most = 0;
    for (const ReceiverResult* receiver : receivers) {
        double sum = 0;
        for (const Run& run : receiver->runs) {
            if (run.undisturbed) sum += run.undisturbed->unseen_percent.value_or(0);
        }
        if (!receiver->runs.empty())
            most = std::max(most, sum / static_cast<double>(receiver->runs.size()));
    }
    return most;
}

double late_percent(double unseen_percent) noexcept {
    return kUnseenFactor * unseen_percent;
}

std::set<Figure> bound_unseen(ReceiverResult& sleeping, const latency::Histogram& undisturbed,
                              double unseen_percent) {
    Undisturbed& result = *sleeping.undisturbed;
    if (!result.why_not.empty()) return {};
    const std::string taken = fmt::format(
        "the hypervisor took {:.1f}% of the time from the cores whose loops spin; what it took "
        "from the core on which this receiver sleeps nobody can see",
        unseen_percent);
    const double late = late_percent(unseen_percent);
    if (late > 100 - kKept_percent_min) {
        for (const Figure figure : kAllFigures)
            result.figures[figure] = {};
        result.why_not = taken + ", and it is too much to leave out";
        return {};
    }
    const Figures least = figures_of(without_slowest(undisturbed, late));
    std::set<Figure> at_least;
    for (const Figure figure : kAllFigures) {
        Summary& summary = result.figures[figure];
        if (summary.value.value_or(0) <= kUnseenEffectMax * least[figure].value_or(0)) continue;
        summary = {least[figure], {}, {}, {}, {}, {true}};
        at_least.insert(figure);
    }
    if (!at_least.empty()) {
        result.why_at_least.emplace(fmt::format(
            "{}: its figures with ≥ leave out the slowest {:.2g}% of its packets, twice that share",
            taken, late));
    }
    return at_least;
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

void StageHistograms::merge(const Joined& joined) {
    for (const auto& [own, stage] : kStagePairs)
        (this->*own).merge((joined.*stage).histogram);
}

void StageHistograms::merge(const StageHistograms& other) {
    for (const auto& [own, stage] : kStagePairs)
        (this->*own).merge(other.*own);
}

void summarise(ReceiverResult& receiver, const latency::Histogram& pooled,
               const latency::Histogram& undisturbed, const StageHistograms& stages,
               std::span<const Timeline> timelines) {
    const Figures figures = figures_of(pooled);
    for (Figure figure : kAllFigures)
        receiver.figures[figure] = summarise_figure(receiver, figure, figures);
    receiver.undisturbed = summarise_undisturbed(receiver, undisturbed);
    receiver.stages = summarise_stages(receiver, stages);
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

}  // namespace rxlab::bench
