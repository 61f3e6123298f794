// SPDX-License-Identifier: MIT
//
// What a decision for a way into user space is made of: how high a rate each way takes, and its
// latency and cost at a few loads below that. The file is a result whose scenarios are the loads
// (schema kDecisionSchema, docs/result-format.md). Values; reading and writing have no state.
#pragma once

#include "bench/result/load.hpp"
#include "bench/result/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kDecisionSchema = "rxlab.decision/1";

struct Decision {
    Result measured;  // a scenario for each load
    RateSearch search;
    std::vector<LoadSeries> rates;  // of each way, in the order of tables
};

// What somebody needs of a way; nobody asks for what is absent.
struct Needs {
    std::optional<double> p99_us;  // at most
    std::optional<double> cores;   // that the receiver may burn, at most
    std::optional<double> rate;    // packets per second without loss
};

[[nodiscard]] nlohmann::ordered_json to_json(const Decision& decision);
void write_decision(const std::filesystem::path& path, const Decision& decision);
// Throws std::runtime_error naming the file and what is wrong with it.
[[nodiscard]] Decision read_decision(const std::filesystem::path& path);

}  // namespace rxlab::bench
