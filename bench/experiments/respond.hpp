// SPDX-License-Identifier: MIT
//
// Tick to trade: from a packet's send call to the arrival of the order that answers it, both
// stamped by the simulator with one clock. Receivers take turns in interleaved rounds. A round
// counts only if every decision in it was the oracle's (no order false, missing or twice), if
// nothing was lost, and if the book is the one that was sent: nobody is fast by leaving work out.
// What happened in the others is in the ledger all the same. Tables and result file are pure
// functions.
#pragma once

#include "bench/analysis/join.hpp"
#include "bench/analysis/ratios.hpp"
#include "bench/experiments/campaign.hpp"
#include "bench/report/tables.hpp"
#include "bench/result/result.hpp"

#include <rxlab/latency/histogram.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rxlab::bench {

inline constexpr const char* kRespondSchema = "rxlab.respond/1";

struct RespondOptions {
    std::int64_t rounds = 20;
    std::int64_t ticks = 10'000;    // packets of each round
    double rate = 10'000;           // of them, a second
    std::vector<std::string> when;  // triggers; empty: kEveryTick
    // A round that lost packets or decisions is made again so often.
    std::int64_t retries = 1;
    bool control = true;  // one receiver also runs against itself
};
inline constexpr const char* kEveryTick = "every:1";

// Of one round or of several: what docs/contracts.md calls these of the simulator's `orders`.
struct OrderLedgerSum {
    std::uint64_t ticks = 0;  // packets that were sent
    std::uint64_t expected = 0, good = 0, wrong = 0, duplicate = 0, unknown = 0, malformed = 0,
                  missed = 0, lost = 0;
    std::uint64_t not_current = 0;    // packets that found the receiver's book not current
    std::uint64_t lost_messages = 0;  // on the way to the receiver

    OrderLedgerSum& operator+=(const OrderLedgerSum& other) noexcept;
    // Every decision was the oracle's.
    [[nodiscard]] bool is_clean() const noexcept;
};

struct RespondRound {
    std::int64_t round = 0;
    std::uint64_t samples = 0;
    Figures from_tx, from_schedule;
};

struct RespondSeries {
    std::string name, title;
    std::vector<RespondRound> rounds;   // those that count
    std::vector<std::string> failures;  // why others do not
    std::int64_t attempts = 0;
    OrderLedgerSum ledger;  // of all attempts that ended
    // Over the rounds that count.
    std::uint64_t samples = 0;
    Figures from_tx, from_schedule;
};

struct RespondResult : MeasuredFacts {
    RespondOptions options;
    std::vector<RespondSeries> series;
    std::optional<RespondSeries> again;  // of `base`; none without a control
    std::string base;                    // the receiver that runs twice a round
    std::vector<Ratio> ratios;           // earlier / later in the list, from_tx; of complete series
    std::vector<Ratio> control;          // the base / itself
    std::vector<std::string> receiver_command, sender_command;  // as they were started last
};

// What a round's files say. `skip`: ticks at the beginning that are left out of the figures.
struct RespondOutcome {
    OrderLedgerSum ledger;
    latency::Histogram from_tx, from_schedule;
};
// Throws std::runtime_error where a trace or a summary is not one of these.
[[nodiscard]] RespondOutcome respond_outcome_of(const std::string& receiver_json,
                                                const std::string& sender_json,
                                                const TraceView& sender, const TraceView& orders,
                                                std::int64_t skip);
// Why a round does not count; empty if it does.
[[nodiscard]] std::string reason_against(const OrderLedgerSum& ledger);

// Whether this receiver sends orders.
[[nodiscard]] bool can_respond(const Candidate& candidate) noexcept;

[[nodiscard]] RespondResult run_respond(const CampaignOptions& campaign,
                                        const RespondOptions& options);

[[nodiscard]] Document respond_document(const RespondResult& result);
void write_respond(const std::filesystem::path& path, const RespondResult& result);

}  // namespace rxlab::bench
