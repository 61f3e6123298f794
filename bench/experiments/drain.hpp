// SPDX-License-Identifier: MIT
//
// How many packets a second a receiver takes when they are all there already. A sender cannot find
// that out by sending faster: it runs the receiving kernel's part of each packet itself (on veth),
// and gives up before most receivers do. So the receiver is stopped while the sender fills its
// buffer or ring, and goes on when the sender has ended. Only the receiver is timed: from the first
// stamp on an updated book to the last, over the packets after the first stamp. A round counts only
// if the traces show that the backlog was complete before its first packet was taken, if nothing
// was lost, and if the books are those that the sender's messages make. Tables and result file are
// pure functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/experiments/campaign.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/result.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kDrainSchema = "rxlab.drain/1";

// Packets that find room in every receiver's ring (the smallest is net_af_packet's), and in the
// socket buffer that an ordinary user gets.
inline constexpr std::int64_t kBacklog = 1'000, kBacklogOfUsers = 200;

struct DrainOptions {
    std::int64_t rounds = 20;
    std::optional<std::int64_t> backlog;  // packets; default: as above
};

struct DrainSeries {
    std::string name, title;
    std::vector<double> rounds_pps;     // packets a second in each round that counts
    std::vector<std::string> failures;  // why the others do not
    std::optional<double> median_pps;
    // To the base; none for the base itself, and where a round is missing.
    std::optional<Ratio> ratio;
};

struct DrainResult : MeasuredFacts {
    std::int64_t backlog = 0, rounds = 0;
    std::string base;  // the receiver that the others are compared with, and that ran twice a round
    std::vector<DrainSeries> series;
    DrainSeries again;             // of the base
    std::optional<Ratio> control;  // the base / itself; none where a round is missing
};

// Packets a second. Throws std::runtime_error where the receiver took a packet before the sender
// had sent the last, or where it stamped all at once.
[[nodiscard]] double drain_rate_of(const TraceView& sender, const TraceView& receiver);

// Medians, ratios and what they are worth, from the series' rounds.
void summarise_drain(DrainResult& result);

// `campaign` names receivers and CPUs; the base is kernel-spin, or the first that takes part.
[[nodiscard]] DrainResult run_drain(const CampaignOptions& campaign, const DrainOptions& options);

[[nodiscard]] Document drain_document(const DrainResult& result);
void write_drain(const std::filesystem::path& path, const DrainResult& result);

}  // namespace rxlab::bench
