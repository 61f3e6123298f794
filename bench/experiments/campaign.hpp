// SPDX-License-Identifier: MIT
//
// A whole comparison: which receivers can run here, every scenario in interleaved rounds, and the
// judged result. Everything it builds (test bed, processes, traces) is gone when it returns or
// throws. Threading: main thread only.
#pragma once

#include "bench/result/result.hpp"
#include "bench/run/cpus.hpp"
#include "bench/run/runner.hpp"
#include "bench/run/session.hpp"

#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

struct Scenario {
    std::string name, title;
    std::int64_t rounds = 1;
    Traffic traffic;
    std::vector<std::string> without;  // receivers that take no part, by name
};

// Of a run, at its start; left out of the figures.
inline constexpr double kWarmupShare = 0.1;

struct CampaignOptions : SessionOptions {
    std::vector<std::string> scenarios;  // empty: all
    std::optional<std::int64_t> rounds, feeds;
    std::optional<double> seconds, rate, warmup_s;
    std::string profile = "constant";
    std::int64_t burst = 32;  // of profile microburst
    bool quick = false;
    // The receiver that also runs against itself; empty: kernel-spin, or else the first that can
    // run.
    std::string control;
    bool without_control = false;
    bool wait_until_quiet = false;      // until other programs leave the CPUs, for a while
    bool kernel_timestamps = false;     // of receivers that can have them
    std::filesystem::path keep_traces;  // where to leave every run's traces; empty: nowhere
};

// The scenarios that the options ask for. Throws program::UsageError for an unknown name.
[[nodiscard]] std::vector<Scenario> plan_scenarios(const CampaignOptions& options);

// Indices of `count` candidates in the order of a round: forwards in odd rounds, backwards in even
// ones, so that slow changes of the machine hit every candidate both early and late; and beginning
// with the next one after each two, so that none always follows the same one.
[[nodiscard]] std::vector<std::size_t> order_of_round(std::int64_t round, std::size_t count);

struct CampaignOutcome {
    Result result;
    std::vector<std::string> bed_notes;  // what the bed said when it was taken down
    // What ended it before all rounds were measured: Interrupted, or a run that failed twice. The
    // result has the rounds that were complete. Null: nothing did.
    std::exception_ptr ended_by;
};

// Throws what ended it where not even one round was complete.
[[nodiscard]] CampaignOutcome run_campaign(const CampaignOptions& options);

// What to measure, where that has to be found out first: called once the bed is up and it is known
// which receivers run. It may take some of them out.
using Plan = std::function<std::vector<Scenario>(const Runner&, std::vector<const Candidate*>&)>;
[[nodiscard]] CampaignOutcome run_campaign(const CampaignOptions& options, const Plan& plan);

}  // namespace rxlab::bench
