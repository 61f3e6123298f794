// SPDX-License-Identifier: MIT
//
// The measurements behind a decision: the highest rate without loss of every way that runs here,
// then all of them in interleaved rounds, at shares of the slowest way's rate.
// bench/analysis/advice.hpp judges them. Threading: main thread only.
#pragma once

#include "bench/experiments/campaign.hpp"
#include "bench/result/decision.hpp"

#include <array>
#include <exception>
#include <optional>
#include <vector>

namespace rxlab::bench {

// In percent of the slowest way's highest rate without loss: an idle line, a busy one, and as much
// as every way still takes.
inline constexpr std::array kLoads_percent{1.0, 30.0, 80.0};
inline constexpr std::int64_t kDecideRounds = 8;  // fewer have no intervals
inline constexpr double kDecideSeconds = 0.6;     // of a run, or longer: see loads_for()

struct DecideOptions {
    RateSearch search;
    std::optional<double> rate;  // packets per second: measured as a load of its own
};

// The loads to measure, in the order of their rates. Runs are as long as p99 needs where few
// packets come in `seconds`, unless `campaign` says how long. A way that loses packets at a load's
// rate takes no part in it. Throws std::runtime_error where no way has a rate without loss.
[[nodiscard]] std::vector<Scenario> loads_for(const std::vector<LoadSeries>& rates,
                                              const CampaignOptions& campaign,
                                              const DecideOptions& options);

struct DecideOutcome {
    Decision decision;
    std::exception_ptr ended_by;  // as CampaignOutcome
};

// `campaign` names test bed, receivers (none: every way that runs here), CPUs and rounds.
[[nodiscard]] DecideOutcome run_decide(const CampaignOptions& campaign,
                                       const DecideOptions& options);

}  // namespace rxlab::bench
