// SPDX-License-Identifier: MIT
#include "bench/analysis/ratios.hpp"

#include <rxlab/latency/histogram.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace rxlab::bench {
namespace {

// The figures of one receiver in every resample.
using Resampled = std::map<Figure, std::vector<std::optional<double>>>;

// Rounds, and which of their figures leave the slowest packets out: lower bounds.
struct Sample {
    const Rounds* rounds;
    std::set<Figure> at_least;
    double late_percent;

    [[nodiscard]] double left_out(Figure figure) const {
        return at_least.contains(figure) ? late_percent : 0;
    }
};

Resampled resample(const Sample& sample, std::span<const Figure> compared,
                   std::span<const Weights> draws) {
    const Rounds& rounds = *sample.rounds;
    Resampled figures;
    for (const Figure figure : compared) {
        if (rounds.size() == 0 || !rounds.figure(figure)) continue;
        auto& values = figures[figure];
        for (const Weights& weights : draws)
            values.push_back(rounds.figure(figure, weights, sample.left_out(figure)));
    }
    return figures;
}

// Of each resample that has both figures, above 0.
std::vector<double> log_ratios(const Resampled& upper, const Resampled& lower, Figure figure) {
    std::vector<double> logs;
    if (!upper.contains(figure) || !lower.contains(figure)) return logs;
    const auto &above = upper.at(figure), &below = lower.at(figure);
    for (std::size_t i = 0; i < above.size(); ++i) {
        if (above[i].value_or(0) > 0 && below[i].value_or(0) > 0)
            logs.push_back(std::log(*above[i] / *below[i]));
    }
    if (logs.size() < above.size()) logs.clear();  // zero in some: no logarithm describes that
    return logs;
}

struct Side {
    std::string name;
    std::size_t rounds;
    std::map<Figure, double> values;  // of all rounds
    Resampled resampled;
    std::set<Figure> at_least{};
};

Side side_of(std::string name, const Sample& sample, std::span<const Figure> compared,
             std::span<const Weights> draws) {
    const Rounds& rounds = *sample.rounds;
    Side side{
        std::move(name), rounds.size(), {}, resample(sample, compared, draws), sample.at_least};
    for (const Figure figure : compared) {
        if (const auto value = rounds.figure(figure, sample.left_out(figure)))
            side.values[figure] = *value;
    }
    return side;
}

Ratio ratio_of(const Side& upper, const Side& lower, Figure figure, double confidence) {
    Ratio ratio;
    ratio.numerator = upper.name;
    ratio.denominator = lower.name;
    ratio.figure = figure;
    const auto above = upper.values.find(figure), below = lower.values.find(figure);
    if (above == upper.values.end() || below == lower.values.end() || below->second <= 0)
        return ratio;
    if (lower.at_least.contains(figure)) return ratio;  // it would be an upper bound
    if (upper.at_least.contains(figure)) ratio.at_least.emplace(true);
    ratio.value = above->second / below->second;
    if (upper.rounds < kRoundsForInterval) return ratio;
    std::vector<double> logs = log_ratios(upper.resampled, lower.resampled, figure);
    if (logs.empty()) return ratio;
    const Bootstrap bootstrap{std::move(logs), upper.rounds};
    const Interval interval = bootstrap.interval(confidence);
    ratio.low = std::exp(interval.low);
    ratio.high = std::exp(interval.high);
    ratio.confidence = confidence;
    ratio.p = bootstrap.p_value(std::log(*ratio.value));
    return ratio;
}

// Both lists are one family.
void adjust(std::vector<Ratio>& ratios, std::vector<Ratio>& more) {
    std::vector<double> values;
    for (const auto* list : {&ratios, &more})
        for (const Ratio& ratio : *list)
            if (ratio.p) values.push_back(*ratio.p);
    const std::vector<double> adjusted = holm(values);
    auto next = adjusted.begin();
    for (auto* list : {&ratios, &more})
        for (Ratio& ratio : *list)
            if (ratio.p) ratio.p = *next++;
}

// How far the interval reaches from 1, as a factor above 1.
double reach(const Ratio& ratio) {
    return std::max({1.0, *ratio.high, 1 / *ratio.low});
}

double percent_of(double factor) {
    return 100 * (factor - 1);
}

// `smallest`: the smallest difference that can be seen, as a factor above 1.
void judge(Ratio& ratio, double smallest, double confidence) {
    const bool is_bound = ratio.at_least.value_or(false);
    const double factor = is_bound ? *ratio.value : std::max(*ratio.value, 1 / *ratio.value);
    const double within = std::max(reach(ratio), smallest);
    const bool leaves_out_1 = *ratio.low > 1 || *ratio.high < 1;
    if (leaves_out_1 && *ratio.p < 1 - confidence && factor > smallest) {
        ratio.verdict = RatioVerdict::different;
    } else if (within <= kEqualMax && !is_bound) {
        ratio.verdict = RatioVerdict::equal;
        ratio.within_percent = percent_of(within);
    }
}

// The ratios of one kind of packets, without verdicts; `control` stays empty without a second
// series.
struct Family {
    std::vector<Ratio> ratios, control;
    std::vector<std::map<Figure, Interval>> intervals;
};

std::map<Figure, Interval> intervals_of(const Side& side, double confidence) {
    std::map<Figure, Interval> intervals;
    for (const auto& [figure, values] : side.resampled) {
        std::vector<double> logs;
        for (const auto& value : values)
            if (value.value_or(0) > 0) logs.push_back(std::log(*value));
        if (logs.empty() || logs.size() < values.size()) continue;
        const Interval of = Bootstrap{std::move(logs), side.rounds}.interval(confidence);
        intervals[figure] = {std::exp(of.low), std::exp(of.high)};
    }
    return intervals;
}

Family ratios_of(std::span<const ReceiverRounds> receivers, const ReceiverRounds* again,
                 Rounds ReceiverRounds::*packets, std::span<const Figure> compared,
                 std::span<const Weights> draws, double confidence) {
    Family family;
    const bool may_be_bounds = packets == &ReceiverRounds::undisturbed;
    const auto side = [&](const ReceiverRounds& receiver) {
        const auto& bounds = may_be_bounds ? receiver.at_least : std::set<Figure>{};
        return side_of(receiver.name, {&(receiver.*packets), bounds, receiver.late_percent},
                       compared, draws);
    };
    std::vector<Side> sides;
    for (const ReceiverRounds& receiver : receivers)
        if ((receiver.*packets).size() != 0) sides.push_back(side(receiver));
    for (const Side& each : sides)
        family.intervals.push_back(intervals_of(each, confidence));
    for (std::size_t upper = 0; upper < sides.size(); ++upper)
        for (std::size_t lower = upper + 1; lower < sides.size(); ++lower)
            for (const Figure figure : compared)
                family.ratios.push_back(ratio_of(sides[upper], sides[lower], figure, confidence));
    if (again == nullptr || (again->*packets).size() == 0) return family;
    const auto first = std::ranges::find(sides, again->name, &Side::name);
    if (first == sides.end()) return family;
    Side second = side(*again);
    second.at_least.insert(first->at_least.begin(), first->at_least.end());  // no ratio of bounds
    for (const Figure figure : compared)
        family.control.push_back(ratio_of(*first, second, figure, confidence));
    return family;
}

void judge(Family& family, double confidence) {
    std::map<Figure, double> smallest;
    for (Ratio& ratio : family.control) {
        if (!ratio.p) continue;
        smallest[ratio.figure] = reach(ratio);
        ratio.smallest = reach(ratio);
        judge(ratio, 1, confidence);
    }
    for (Ratio& ratio : family.ratios) {
        if (!ratio.p || !smallest.contains(ratio.figure)) continue;
        ratio.smallest = smallest[ratio.figure];
        judge(ratio, *ratio.smallest, confidence);
    }
}

std::vector<Weights> draws_of(std::size_t rounds, std::uint64_t seed) {
    return rounds >= kRoundsForInterval ? resamples(rounds, kResamples, seed)
                                        : std::vector<Weights>{};
}

double median_of_drawn(std::span<const double> values, const Weights& weights) {
    std::vector<double> drawn;
    for (std::size_t i = 0; i < values.size(); ++i)
        drawn.insert(drawn.end(), weights[i], values[i]);
    return latency::median(std::move(drawn));
}

Side side_of(const RoundValues& receiver, std::span<const Weights> draws) {
    Side side{receiver.name, receiver.values.size(), {}, {}, {}};
    side.values[Figure::p50] = latency::median(receiver.values);
    for (const Weights& weights : draws)
        side.resampled[Figure::p50].push_back(median_of_drawn(receiver.values, weights));
    return side;
}

}  // namespace

Comparison compare_rounds(std::span<const ReceiverRounds> receivers, const ReceiverRounds* again,
                          double confidence, std::uint64_t seed) {
    if (receivers.empty()) return {};
    const std::vector<Weights> draws = draws_of(receivers.front().rounds.size(), seed);
    Family all =
        ratios_of(receivers, again, &ReceiverRounds::rounds, kComparedFigures, draws, confidence);
    Family undisturbed = ratios_of(receivers, again, &ReceiverRounds::undisturbed,
                                   kComparedUndisturbed, draws, confidence);
    adjust(all.ratios, undisturbed.ratios);
    adjust(all.control, undisturbed.control);
    judge(all, confidence);
    judge(undisturbed, confidence);
    return {std::move(all.ratios), std::move(all.control), std::move(undisturbed.ratios),
            std::move(undisturbed.control), std::move(all.intervals)};
}

Comparison compare_medians(std::span<const RoundValues> receivers, const RoundValues& base,
                           const std::vector<double>& again, double confidence,
                           std::uint64_t seed) {
    const std::vector<Weights> draws = draws_of(base.values.size(), seed);
    const Side below = side_of(base, draws);
    Family family;
    for (const RoundValues& receiver : receivers)
        family.ratios.push_back(ratio_of(side_of(receiver, draws), below, Figure::p50, confidence));
    if (!again.empty()) {
        family.control.push_back(
            ratio_of(below, side_of({base.name, again}, draws), Figure::p50, confidence));
    }
    std::vector<Ratio> none;
    adjust(family.ratios, none);
    judge(family, confidence);
    return {std::move(family.ratios), std::move(family.control), {}, {}, {}};
}

}  // namespace rxlab::bench
