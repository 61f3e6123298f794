// SPDX-License-Identifier: MIT
//
// What a run says: its traces joined, its summaries read, its slowest packets explained.
#pragma once

#include "bench/analysis/summarise.hpp"
#include "bench/result/result.hpp"
#include "bench/run/library_versions.hpp"
#include "bench/run/runner.hpp"

#include <rxlab/latency/histogram.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

struct RunOutcome {
    Run run;  // without round and position
    latency::Histogram latency, undisturbed;
    StageHistograms stages;
    Timeline timeline;                // without round
    std::vector<Outlier> outliers;    // without round; slowest first
    std::uint64_t sent_messages = 0;  // as the sender's trace says
    std::optional<std::string> dpdk_version;
    LibraryFiles libraries;  // of both programs
};

// `sleeps`: the receiver sleeps while it waits, so that its loop stands still for good reason.
// Throws what reading the traces and summaries throws (std::runtime_error, std::system_error).
[[nodiscard]] RunOutcome outcome_of(const RunFiles& files, const Traffic& traffic, bool sleeps);

}  // namespace rxlab::bench
