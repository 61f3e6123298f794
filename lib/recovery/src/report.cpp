// SPDX-License-Identifier: MIT
//
// What a summary says where messages were put in order: the ledger, the lines, the gaps, snapshots.
#include <rxlab/recovery/recovery.hpp>

#include <nlohmann/json.hpp>

namespace rxlab::recovery {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const latency::Histogram& histogram) {
    return {{"p50", histogram.value_at_percentile(50)},
            {"p90", histogram.value_at_percentile(90)},
            {"p99", histogram.value_at_percentile(99)},
            {"max", histogram.max()},
            {"mean", histogram.mean()},
            {"count", histogram.count()}};
}

Json ledger_json(const FeedRecovery& feed, const rx::SequenceCounters& counters) {
    const Ledger ledger = feed.ledger();
    return {{"expected", ledger.expected},
            {"delivered", ledger.delivered},
            {"recovered", ledger.recovered},
            {"lost", ledger.lost},
            {"by_snapshot", ledger.by_snapshot},
            {"duplicates", counters.duplicate_messages + ledger.duplicates},
            {"late", counters.late_messages},
            {"closes", ledger.closes()}};
}

Json lines_json(const rx::Options& options, std::size_t index, const FeedRecovery& feed) {
    Json lines = Json::array();
    for (std::size_t line = 0; line < rx::kLines; ++line) {
        const LineCounters& copies = feed.lines()->counters(line);
        const rx::SequenceCounters counters = feed.lines()->line(line).counters();
        const wire::Ipv4Endpoint& group = line == 0 ? options.groups[index] : options.line_b[index];
        lines.push_back({{"line", line == 0 ? "A" : "B"},
                         {"group", wire::to_string(group)},
                         {"packets", counters.packets},
                         {"first", copies.first},
                         {"second", copies.second},
                         {"gaps", counters.gaps},
                         {"missed_messages", counters.missed_messages},
                         {"duplicate_packets", counters.duplicate_packets},
                         {"late_packets", counters.late_packets},
                         {"lead_ns", to_json(feed.lead_ns(line))}});
    }
    return lines;
}

Json order_json(const FeedRecovery& feed) {
    const FeedCounters& counters = feed.counters();
    const MissingCounters& missing = feed.missing_counters();
    return {{"held_packets", counters.held_packets},
            {"held_max", counters.held_max},
            {"hold_full", counters.hold_full},
            {"gaps", missing.ranges},
            {"gaps_declared", missing.declared},
            {"gaps_given_up", missing.given_up},
            {"gaps_too_old", missing.too_old},
            {"requests", missing.requests},
            {"requested_messages", missing.requested_messages},
            {"repeated_requests", missing.repeated},
            {"merged_gaps", missing.merged},
            {"timeouts", missing.timeouts},
            {"answers", counters.answers},
            {"useless_answers", counters.useless_answers},
            {"reorder_ns", to_json(feed.reorder_ns())},
            {"gap_ns", to_json(feed.gap_ns())}};
}

Json snapshot_json(const rx::Options& options, std::size_t index, const FeedRecovery& feed) {
    const SnapshotReport& snapshot = feed.snapshot;
    const auto& server = rx::server_of(options.snapshot_servers, index);
    Json json = {{"server", wire::to_string(server)},
                 {"taken", snapshot.taken},
                 {"refused", snapshot.refused},
                 {"given_up", snapshot.given_up},
                 {"sequence", snapshot.sequence},
                 {"messages", snapshot.messages},
                 {"orders", snapshot.orders},
                 {"load_ns", snapshot.load_ns},
                 {"held_packets", snapshot.held_packets}};
    if (!snapshot.failure.empty()) json["failure"] = snapshot.failure;
    return json;
}

}  // namespace

void Recovery::report(Json& json, std::size_t index) const {
    const FeedRecovery& feed = *feeds_[index];
    json["ledger"] = ledger_json(feed, pipeline_->feeds()[index].sequencer.counters());
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
