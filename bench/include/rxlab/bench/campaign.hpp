// SPDX-License-Identifier: MIT
//
// A whole comparison: which receivers can run here, every scenario in interleaved rounds, and the
// judged result. Everything it builds (test bed, processes, traces) is gone when it returns or
// throws. Threading: main thread only.
#pragma once

#include <rxlab/bench/cpus.hpp>
#include <rxlab/bench/result.hpp>
#include <rxlab/bench/runner.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

struct Scenario {
    std::string name, title;
    Traffic traffic;
};

struct CampaignOptions {
    std::string testbed = "veth";            // the script below testbed_dir: "veth" or "nic"
    std::string rung;                        // of the ladder; empty: as testbed
    std::vector<std::string> testbed_ports;  // more arguments of the script's `up`
    std::vector<std::string> scenarios;      // empty: all
    std::vector<std::string> receivers;      // empty: all that can run here
    std::vector<std::string> variants;       // candidates.hpp: variant()
    std::optional<std::int64_t> rounds, feeds;
    std::optional<double> seconds, rate, warmup_s;
    std::string profile = "constant";
    std::int64_t burst = 32;  // of profile microburst
    std::uint64_t seed = 1;
    bool quick = false;
    // The receiver that also runs against itself, in the first scenario; empty: kernel-spin, or
    // else the first that can run.
    std::string control;
    bool without_control = false;
    bool kernel_timestamps = false;  // of receivers that can have them
    std::optional<int> sender_cpu, receiver_cpu;
    std::filesystem::path testbed_dir, program_dir;
    std::filesystem::path keep_traces;       // where to leave every run's traces; empty: nowhere
    std::filesystem::path scratch_fallback;  // for traces, where there is no /dev/shm
};

// The scenarios that the options ask for. Throws program::UsageError for an unknown name.
[[nodiscard]] std::vector<Scenario> plan_scenarios(const CampaignOptions& options);

// Indices of `count` candidates in the order of a round: forwards in odd rounds, backwards in even
// ones, so that slow changes of the machine hit every candidate both early and late.
[[nodiscard]] std::vector<std::size_t> order_of_round(std::int64_t round, std::size_t count);

[[nodiscard]] Result run_campaign(const CampaignOptions& options);

}  // namespace rxlab::bench
