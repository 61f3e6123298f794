// SPDX-License-Identifier: MIT
//
// What a summary says where messages were put in order: the ledger, the lines, the gaps, snapshots.
#include <rxlab/program/to_json.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/summary.hpp>

#include <nlohmann/json.hpp>

namespace rxlab::recovery {

RXLAB_TO_JSON(Ledger, expected, delivered, recovered, lost, by_snapshot, duplicates);
RXLAB_TO_JSON(LineOfPair, first, second);
RXLAB_TO_JSON(FeedCounters, held_packets, held_max, hold_full, answers, useless_answers);
RXLAB_TO_JSON(MissingCounters, gaps, gaps_declared, gaps_given_up, gaps_too_old, joined_gaps,
              requests, requested_messages, repeated_requests, merged_gaps, timeouts);
RXLAB_TO_JSON(SnapshotReport, taken, refused, too_old, too_new, given_up, sequence, messages,
              orders, load_ns, held_packets);

namespace {

using Json = nlohmann::ordered_json;

Json ledger_json(const Ledger& ledger, const rx::SequenceCounters& counters) {
    Json json = ledger;
    json["duplicates"] = counters.duplicate_messages + ledger.duplicates;
    json["late"] = counters.late_messages;
    json["closes"] = ledger.closes();
    return json;
}

Json lines_json(const rx::Options& options, std::size_t index, const FeedRecovery& feed) {
    Json lines = Json::array();
    for (std::size_t line = 0; line < rx::kLines; ++line) {
        const LineOfPair& own = feed.lines()->line(line);
        const rx::SequenceCounters counters = own.sequencer.counters();
        Json json = own;
        json["line"] = line == 0 ? "A" : "B";
        json["group"] = wire::to_string((line == 0 ? options.groups : options.line_b)[index]);
        json["packets"] = counters.packets;
        json["gaps"] = counters.gaps;
        json["missed_messages"] = counters.missed_messages;
        json["duplicate_packets"] = counters.duplicate_packets;
        json["late_packets"] = counters.late_packets;
        json["lead_ns"] = rx::to_json(own.lead_ns);
        lines.push_back(json);
    }
    return lines;
}

Json order_json(const FeedRecovery& feed) {
    Json json = feed.counters();
    json.update(Json(feed.missing_counters()));
    json["reorder_ns"] = rx::to_json(feed.reorder_ns());
    json["gap_ns"] = rx::to_json(feed.gap_ns());
    return json;
}

Json snapshot_json(const rx::Options& options, std::size_t index, const FeedRecovery& feed) {
    Json json = feed.snapshot;
    json["server"] = wire::to_string(rx::server_of(options.snapshot_servers, index));
    if (!feed.snapshot.failure.empty()) json["failure"] = feed.snapshot.failure;
    return json;
}

}  // namespace

void Recovery::report(Json& json, std::size_t index) const {
    const FeedRecovery& feed = *feeds_[index];
    json["ledger"] = ledger_json(feed.ledger(), pipeline_->feeds()[index].sequencer.counters());
    json["consistent_after_ns"] =
        feed.consistent_ns() ? Json(*feed.consistent_ns()) : Json(nullptr);
    if (feed.lines()) json["lines"] = lines_json(options_, index, feed);
    json["order"] = order_json(feed);
    if (!options_.snapshot_servers.empty()) json["snapshot"] = snapshot_json(options_, index, feed);
}

// Several queues have an agent each: their counters are added up.
void Recovery::report(Json& json) const {
    if (!agent_) return;
    Json& sums = json["recovery_agent"];
    const auto add = [&sums](const char* name, const std::atomic<std::uint64_t>& counter) {
        sums[name] = counter.load() + (sums.contains(name) ? sums[name].get<std::uint64_t>() : 0);
    };
    const AgentCounters& counters = agent_->counters();
    add("send_errors", counters.send_errors);
    add("tasks_dropped", counters.tasks_dropped);
    add("answers_dropped", counters.answers_dropped);
    add("too_long_answers", counters.too_long);
    add("snapshot_attempts", counters.snapshot_attempts);
    add("snapshot_failures", counters.snapshot_failures);
}

}  // namespace rxlab::recovery
