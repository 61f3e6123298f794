// SPDX-License-Identifier: MIT
//
// How latency grows with the rate, and how high a rate a receiver takes before it loses packets.
// The search doubles the rate until packets are lost, then halves the distance between the last
// rate without loss and the first with loss a few times. This is RFC 2544's search for the
// throughput (section 26.1), in trials of a second instead of a minute. Search and tables are pure
// functions.
#pragma once

#include "bench/experiments/campaign.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/load.hpp"
#include "bench/result/result.hpp"
#include "bench/run/library_versions.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kLoadSchema = "rxlab.load/1";

struct LoadOptions {
    RateSearch search;
    std::int64_t trials = 5;  // of profile market-open, all at its one rate
};

// Packets per second of a recorded market open; feedsim's profile of this name cites the source.
inline constexpr double kMarketOpenPps = 157'000;
inline constexpr const char* kMarketOpen = "market-open";

struct LoadResult : MeasuredFacts {
    std::string profile;
    std::int64_t burst = 0;  // 0 unless the profile is microburst
    LoadOptions options;
    std::vector<LoadSeries> series;
};

using Trial = std::function<LoadPoint(double rate)>;

// Trials of one receiver, of `seconds` each. Notes in `libraries` what the programs had loaded. All
// arguments must outlive it.
[[nodiscard]] Trial trial_of(const Runner& runner, const Candidate& candidate,
                             const CampaignOptions& campaign, double seconds,
                             LibraryFiles& libraries);

// Runs trials until the limit is known as precisely as `search` asks: one for each doubling from
// rate_min to rate_max, and `halvings` more. A rate that fails is tried once more, and the second
// trial counts, so that a single stall of the machine is not taken for the receiver's limit.
[[nodiscard]] LoadSeries search_limit(const RateSearch& search, const Trial& trial);

// Trials at one rate: how often the receiver keeps up with it.
[[nodiscard]] LoadSeries repeat(std::int64_t trials, double rate, const Trial& trial);

// `campaign` names test bed, receivers, CPUs and profile.
[[nodiscard]] LoadResult run_load(const CampaignOptions& campaign, const LoadOptions& options);

// Points with lost packets are struck through, because their latencies leave out the slowest
// packets. For profile market-open, one row per receiver says whether it keeps up.
[[nodiscard]] Document load_document(const LoadResult& result);
void write_load(const std::filesystem::path& path, const LoadResult& result);
// Draws p50 and p99 against the rate, as far as nothing was lost. Returns the file's path, or none
// without points or with a single rate.
std::optional<std::filesystem::path> draw_load(const LoadResult& result,
                                               const std::filesystem::path& directory);

}  // namespace rxlab::bench
