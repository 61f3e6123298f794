// SPDX-License-Identifier: MIT
//
// Turns the joined runs of one receiver into what is reported of it over all rounds, and several
// receivers into their ratios. Pure functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/result/result.hpp"

#include <span>
#include <vector>

namespace rxlab::bench {

// The figures of one run, with its ledger and stages; the programs' reports are left empty.
[[nodiscard]] Run run_from(const Joined& joined);

// What the traces' headers say about the clocks and about records that did not fit.
void add_trace_reports(Run& run, const TraceView& sender, const TraceView& receiver);

// Fills figures, stages, ledger, usage, histogram and timeline of `receiver` from its runs.
// `pooled`: the latency of all its runs; `timelines`: one for each run.
void summarise(ReceiverResult& receiver, const latency::Histogram& pooled,
               std::span<const Timeline> timelines);

// A figure over rounds: median, smallest, largest. Empty if a run has too few samples for it.
[[nodiscard]] Summary over_rounds(std::span<const std::optional<double>> values);

// Ratios of every pair that differs in one thing: each kernel receiver to each DPDK receiver, and
// receivers of one kind to each other, in the order of the list (earlier / later). A round counts
// for a ratio if both receivers ran in it, both figures exist and the denominator is not 0.
[[nodiscard]] std::vector<Ratio> ratios_between(std::span<const ReceiverResult> receivers,
                                                double confidence);

// The A/A control: `again` is a second series of runs of one of `receivers` (the same name),
// summarised; its ratios are those of the first series to the second.
[[nodiscard]] Control control_from(std::span<const ReceiverResult> receivers, ReceiverResult again,
                                   double confidence);

}  // namespace rxlab::bench
