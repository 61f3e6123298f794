// SPDX-License-Identifier: MIT
//
// Ratios of receivers, and what a run can say of them. A ratio is that of two figures over all
// rounds; its interval comes from a bootstrap that draws the rounds again, the same ones for both
// receivers, because what disturbs a round disturbs both. The same is done for a receiver and
// itself (A/A): how far that interval reaches from 1 is the smallest difference that the run can
// see, and nothing below it is called one. Where the upper figure is a lower
// bound, the ratio is one, too; where the lower one is, there is none. docs/how-we-measure.md
// explains it. Pure functions.
#pragma once

#include "bench/analysis/rounds.hpp"
#include "bench/analysis/statistics.hpp"
#include "bench/result/result.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace rxlab::bench {

// Figures that are compared.
inline constexpr std::array kComparedFigures{Figure::p50, Figure::p99, Figure::p999, Figure::stddev,
                                             Figure::jitter};
inline constexpr std::array kComparedUndisturbed{Figure::p50, Figure::p99, Figure::stddev,
                                                 Figure::jitter};
inline constexpr std::size_t kResamples = 5'000;

// Rounds of one receiver; round i of one belongs to round i of another.
struct ReceiverRounds {
    std::string name;
    Rounds rounds;
    // The same rounds, of undisturbed packets; empty: there is no such figure.
    Rounds undisturbed{};
    // Figures of undisturbed packets that are lower bounds: without the slowest of these packets.
    std::set<Figure> at_least{};
    double late_percent = 0;  // that those leave out, from 0 to 100
};

struct Comparison {
    std::vector<Ratio> ratios;   // of every pair, in the order of the list (earlier / later)
    std::vector<Ratio> control;  // first / second series of one receiver; empty without a control
    std::vector<Ratio> undisturbed, undisturbed_control;  // the same, of undisturbed packets
    // Of each receiver's own figures, of all packets; a figure that has none is not there.
    std::vector<std::map<Figure, Interval>> intervals;
};

// `again`: a second series of one of the receivers (the same name); null: no control, and then no
// ratio is called different. All have the same number of rounds. p-values are adjusted for all
// ratios of the comparison together, the control's among themselves.
[[nodiscard]] Comparison compare_rounds(std::span<const ReceiverRounds> receivers,
                                        const ReceiverRounds* again, double confidence,
                                        std::uint64_t seed);

// A receiver whose rounds have one number each: packets a second, say.
struct RoundValues {
    std::string name;
    std::vector<double> values;  // above 0
};

// The median over the rounds of each receiver / that of `base`, with intervals and verdicts as
// above; `again`: a second series of `base`, empty without a control. All have the same number of
// rounds, one at least. The ratios' `figure` means nothing.
[[nodiscard]] Comparison compare_medians(std::span<const RoundValues> receivers,
                                         const RoundValues& base, const std::vector<double>& again,
                                         double confidence, std::uint64_t seed);

}  // namespace rxlab::bench
