// SPDX-License-Identifier: MIT
//
// What a summary says where messages were put in order: the ledger, the lines, the gaps, snapshots.
#pragma once

#include <rxlab/rx/ordered_feed.hpp>
#include <rxlab/rx/recovery_agent.hpp>

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace rxlab::rx {

// `json` is that of the feed. Adds "ledger", "freshness", "order" and, where there are any, "lines"
// and "snapshot".
void add_ordered(nlohmann::ordered_json& json, const Options& options, const OrderedFeed& feed,
                 const FeedState& state);
// Adds the sum of the feeds' ledgers to the totals.
void add_ordered_totals(nlohmann::ordered_json& totals, const nlohmann::ordered_json& feeds);
// Says of each symbol whether its book may be stale.
void mark_stale(nlohmann::ordered_json& top_of_book, const nlohmann::ordered_json& feeds);
// The sums of all agents' counters.
[[nodiscard]] nlohmann::ordered_json to_json(std::span<const RecoveryAgent* const> agents);

// The same for people: some lines a feed; nothing where the summary has none of it.
[[nodiscard]] std::string ordered_text(const nlohmann::ordered_json& summary);

}  // namespace rxlab::rx
