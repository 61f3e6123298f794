// SPDX-License-Identifier: MIT
//
// Turns the joined runs of one receiver into what is reported of it over all rounds. Pure
// functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/result/result.hpp"

#include <rxlab/latency/histogram.hpp>

#include <set>
#include <span>
#include <string>

namespace rxlab::bench {

// The figures of one run, with its ledger and stages; the programs' reports are left empty.
[[nodiscard]] Run run_from(const Joined& joined);

// The figures of a run's undisturbed packets. `why_not`: nobody saw what happened to the cores;
// empty: `joined` was made with JoinOptions::disturbances.
[[nodiscard]] UndisturbedRun undisturbed_from(const Joined& joined, const std::string& why_not);

// What the traces' headers say about the clocks and about records that did not fit.
void add_trace_reports(Run& run, const TraceView& sender, const TraceView& receiver);

// Nanoseconds; see StagesOfRun.
struct StageHistograms {
    latency::Histogram sender_lag{}, path{}, book{}, wire{}, from_nic{}, arrival{}, delivery{};

    void merge(const Joined& joined);
    void merge(const StageHistograms& other);
};

// Fills figures, undisturbed, stages, ledger, usage, histogram and timeline of `receiver` from its
// runs. `pooled`, `undisturbed`, `stages`: the latency of all its runs, that of undisturbed
// packets, and its parts; `timelines`: one for each run.
void summarise(ReceiverResult& receiver, const latency::Histogram& pooled,
               const latency::Histogram& undisturbed, const StageHistograms& stages,
               std::span<const Timeline> timelines);

// In percent of the time, what a hypervisor took from the cores of these receivers' runs, as far as
// spinning loops saw it: of the receiver whose loops lost most. 0 where nobody saw any.
[[nodiscard]] double unseen_percent(std::span<const ReceiverResult* const> receivers);

// Makes lower bounds of those undisturbed figures of a receiver that sleeps which may be too high
// by more than kUnseenEffectMax: if the slowest packets, late_percent() of them, were slow because
// the hypervisor had taken its core, and nobody saw it. A lower bound is the figure without those
// packets. No figure is left if they are more than may be left out. `undisturbed`: the latency of
// its undisturbed packets. Returns which figures are lower bounds.
std::set<Figure> bound_unseen(ReceiverResult& sleeping, const latency::Histogram& undisturbed,
                              double unseen_percent);

// Of a sleeping receiver's packets, as many may be late because of what nobody saw: kUnseenFactor.
[[nodiscard]] double late_percent(double unseen_percent) noexcept;

// A figure over rounds: median, smallest, largest. Empty if a run has too few samples for it.
[[nodiscard]] Summary over_rounds(std::span<const std::optional<double>> values);

}  // namespace rxlab::bench
