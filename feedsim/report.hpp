// SPDX-License-Identifier: MIT
//
// The summary of a run: built once as JSON (schema rxlab.tx/1, docs/contracts.md), from which the
// text for people is made, so that both say the same.
#pragma once

#include "feedsim/market/reference_book.hpp"
#include "feedsim/options.hpp"
#include "feedsim/send/sender.hpp"

#include <rxlab/latency/clock.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>

namespace rxlab::feedsim {

// The part common to sending and writing.
[[nodiscard]] nlohmann::ordered_json make_summary(const Options& options, const Sender& sender,
                                                  EndedBy ended_by);
// The part that only sending has; `trace` may be null.
void add_sending(nlohmann::ordered_json& summary, const Options& options, const Sender& sender,
                 latency::Clock clock, const latency::Calibration& calibration,
                 const latency::TraceWriter* trace);
// The books that the feeds' messages make, one for each feed; none for a feed whose book is not
// known. The digest of all books is given if all are known.
void add_books(nlohmann::ordered_json& summary, std::span<const std::optional<BookState>> books);

class RerequestServer;
class SnapshotServer;
// What the recovery servers did; they were stopped.
void add_rerequest(nlohmann::ordered_json& summary, const RerequestServer& server);
void add_snapshot(nlohmann::ordered_json& summary, const SnapshotServer& server);

struct OrderLedger;
// The orders that came back. `drops`: that found no room on the way in.
void add_orders(nlohmann::ordered_json& summary, const Options& options, const OrderLedger& ledger,
                std::uint64_t drops);

// The text for people, many lines.
[[nodiscard]] std::string to_text(const nlohmann::ordered_json& summary);

// Writes the text to standard output and, if asked for, the JSON to a file (or the JSON to standard
// output and the text to standard error). Throws program::RunError if it cannot be written.
void publish(const nlohmann::ordered_json& summary, const Options& options);

}  // namespace rxlab::feedsim
