// SPDX-License-Identifier: MIT
//
// How long a receiver's book is incomplete: after a gap that a re-request server fills, and after a
// late start with a snapshot. The receiver itself measures both (docs/contracts.md: gap_ns,
// consistent_after_ns); server and feed are at the other end of the same wire. Tables and result
// file are pure functions.
#pragma once

#include "bench/experiments/campaign.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kRecoverySchema = "rxlab.recovery/1";

struct RecoveryOptions {
    std::int64_t rounds = 10;
    std::int64_t gap_packets = 100;
    std::int64_t orders = 100'000;  // live ones when the late receiver starts
};

// One value per round, in nanoseconds; rounds that failed have none.
struct RecoverySeries {
    std::string name, title;
    std::vector<double> gap_ns;         // from the packet that showed the gap to the last answer
    std::vector<double> late_ns;        // from the start of the receive loop to a complete book
    std::vector<double> load_ns;        // part of it: from the connection to the snapshot's end
    std::vector<std::uint64_t> orders;  // in the snapshots
    std::vector<std::string> failures;  // why rounds have no figures
};

struct RecoveryResult : MeasuredFacts {
    RecoveryOptions options;
    std::vector<RecoverySeries> series;
    std::vector<std::string> gap_command, late_command;  // the sender's, as it was started last
};

// What one receiver's summary says about its gap and its start. Throws std::runtime_error if the
// round proves nothing: messages were lost, the ledger does not close, or nothing was recovered.
[[nodiscard]] double gap_ns_of(const std::string& receiver_json, std::int64_t gap_packets);
struct LateStart {
    double complete_ns = 0;
    double load_ns = 0;
    std::uint64_t orders = 0;
};
[[nodiscard]] LateStart late_start_of(const std::string& receiver_json);

// Throws std::runtime_error if the receiver's books are not those that the sender's messages make:
// a receiver may call its book complete although it is wrong.
void require_true_book(const std::string& receiver_json, const std::string& sender_json);

// `campaign` names test bed, receivers and CPUs.
[[nodiscard]] RecoveryResult run_recovery(const CampaignOptions& campaign,
                                          const RecoveryOptions& options);

[[nodiscard]] Document recovery_document(const RecoveryResult& result);
void write_recovery(const std::filesystem::path& path, const RecoveryResult& result);

}  // namespace rxlab::bench
