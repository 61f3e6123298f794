// SPDX-License-Identifier: MIT
#include "bench/analysis/ratios.hpp"

#include "bench/analysis/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

namespace rxlab::bench {
namespace {

// The figures of one receiver in every resample.
using Resampled = std::map<Figure, std::vector<std::optional<double>>>;

Resampled resample(const ReceiverRounds& receiver, std::span<const Weights> draws) {
    Resampled figures;
    for (const Figure figure : kComparedFigures) {
        if (!receiver.rounds.figure(figure)) continue;
        auto& values = figures[figure];
        for (const Weights& weights : draws)
            values.push_back(receiver.rounds.figure(figure, weights));
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
    const ReceiverRounds& receiver;
    const Resampled& resampled;
};

Ratio ratio_of(const Side& upper, const Side& lower, Figure figure, double confidence) {
    Ratio ratio;
    ratio.numerator = upper.receiver.name;
    ratio.denominator = lower.receiver.name;
    ratio.figure = figure;
    const auto above = upper.receiver.rounds.figure(figure);
    const auto below = lower.receiver.rounds.figure(figure);
    if (!above || !below || *below <= 0) return ratio;
    ratio.value = *above / *below;
    if (upper.receiver.rounds.size() < kRoundsForInterval) return ratio;
    std::vector<double> logs = log_ratios(upper.resampled, lower.resampled, figure);
    if (logs.empty()) return ratio;
    const Bootstrap bootstrap{std::move(logs), upper.receiver.rounds.size()};
    const Interval interval = bootstrap.interval(confidence);
    ratio.low = std::exp(interval.low);
    ratio.high = std::exp(interval.high);
    ratio.confidence = confidence;
    ratio.p = bootstrap.p_value(std::log(*ratio.value));
    return ratio;
}

void adjust(std::vector<Ratio>& ratios) {
    std::vector<double> values;
    for (const Ratio& ratio : ratios)
        if (ratio.p) values.push_back(*ratio.p);
    const std::vector<double> adjusted = holm(values);
    auto next = adjusted.begin();
    for (Ratio& ratio : ratios)
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
    const double factor = std::max(*ratio.value, 1 / *ratio.value);
    const double within = std::max(reach(ratio), smallest);
    const bool leaves_out_1 = *ratio.low > 1 || *ratio.high < 1;
    if (leaves_out_1 && *ratio.p < 1 - confidence && factor > smallest) {
        ratio.verdict = RatioVerdict::different;
    } else if (within <= kEqualMax) {
        ratio.verdict = RatioVerdict::equal;
        ratio.within_percent = percent_of(within);
    }
}

}  // namespace

Comparison compare_rounds(std::span<const ReceiverRounds> receivers, const ReceiverRounds* again,
                          double confidence, std::uint64_t seed) {
    Comparison comparison;
    if (receivers.empty()) return comparison;
    const std::size_t rounds = receivers.front().rounds.size();
    const bool has_intervals = rounds >= kRoundsForInterval;
    const std::vector<Weights> draws =
        has_intervals ? resamples(rounds, kResamples, seed) : std::vector<Weights>{};
    std::vector<Resampled> resampled;
    for (const ReceiverRounds& receiver : receivers)
        resampled.push_back(resample(receiver, draws));
    for (std::size_t upper = 0; upper < receivers.size(); ++upper) {
        for (std::size_t lower = upper + 1; lower < receivers.size(); ++lower) {
            for (const Figure figure : kComparedFigures) {
                comparison.ratios.push_back(ratio_of({receivers[upper], resampled[upper]},
                                                     {receivers[lower], resampled[lower]}, figure,
                                                     confidence));
            }
        }
    }
    adjust(comparison.ratios);
    if (again == nullptr) return comparison;

    const auto first = std::ranges::find(receivers, again->name, &ReceiverRounds::name);
    if (first == receivers.end()) return comparison;
    const auto index = static_cast<std::size_t>(first - receivers.begin());
    const Resampled second = resample(*again, draws);
    for (const Figure figure : kComparedFigures) {
        comparison.control.push_back(
            ratio_of({*first, resampled[index]}, {*again, second}, figure, confidence));
    }
    adjust(comparison.control);
    std::map<Figure, double> smallest;
    for (Ratio& ratio : comparison.control) {
        if (!ratio.p) continue;
        smallest[ratio.figure] = reach(ratio);
        ratio.smallest = reach(ratio);
        judge(ratio, 1, confidence);
    }
    for (Ratio& ratio : comparison.ratios) {
        if (!ratio.p || !smallest.contains(ratio.figure)) continue;
        ratio.smallest = smallest[ratio.figure];
        judge(ratio, *ratio.smallest, confidence);
    }
    return comparison;
}

}  // namespace rxlab::bench
