// SPDX-License-Identifier: MIT
#include "summary_ordered.hpp"

#include "summary_words.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rxlab::rx {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kLedgerEntries[] = {"expected",    "delivered",  "recovered", "lost",
                                          "by_snapshot", "duplicates", "late"};

Json to_json(const latency::Histogram& histogram) {
    return {{"p50", histogram.value_at_percentile(50)},
            {"p90", histogram.value_at_percentile(90)},
            {"p99", histogram.value_at_percentile(99)},
            {"max", histogram.max()},
            {"mean", histogram.mean()},
            {"count", histogram.count()}};
}

Json ledger_json(const OrderedFeed& feed, const feed::ChannelCounters& channel) {
    const feed::Ledger ledger = feed.channel.ledger();
    return {{"expected", ledger.expected},
            {"delivered", ledger.delivered},
            {"recovered", ledger.recovered},
            {"lost", ledger.lost},
            {"by_snapshot", ledger.by_snapshot},
            {"duplicates", channel.duplicate_messages + ledger.duplicates},
            {"late", channel.late_messages},
            {"closes", ledger.closes()}};
}

Json lines_json(const Options& options, std::size_t index, const OrderedFeed& feed) {
    Json lines = Json::array();
    for (std::size_t line = 0; line < feed::kLines; ++line) {
        const feed::LineCounters& counters = feed.lines()->counters(line);
        const feed::ChannelCounters& channel = feed.lines()->channel(line);
        const wire::Ipv4Endpoint& group = line == 0 ? options.groups[index] : options.line_b[index];
        lines.push_back({{"line", line == 0 ? "A" : "B"},
                         {"group", wire::to_string(group)},
                         {"packets", channel.packets},
                         {"first", counters.first},
                         {"second", counters.second},
                         {"gaps", channel.gaps},
                         {"missed_messages", channel.missed_messages},
                         {"duplicate_packets", channel.duplicate_packets},
                         {"late_packets", channel.late_packets},
                         {"lead_ns", to_json(feed.lead_ns(line))}});
    }
    return lines;
}

Json order_json(const OrderedFeed& feed) {
    const feed::OrderedCounters& order = feed.channel.counters();
    const feed::MissingCounters& missing = feed.channel.missing_counters();
    return {{"held_packets", order.held_packets},
            {"held_max", order.held_max},
            {"hold_full", order.hold_full},
            {"gaps", missing.ranges},
            {"gaps_declared", missing.declared},
            {"gaps_given_up", missing.given_up},
            {"gaps_too_old", missing.too_old},
            {"requests", missing.requests},
            {"requested_messages", missing.requested_messages},
            {"repeated_requests", missing.repeated},
            {"merged_gaps", missing.merged},
            {"timeouts", missing.timeouts},
            {"answers", order.answers},
            {"useless_answers", order.useless_answers},
            {"early_heartbeats", order.early_heartbeats},
            {"old_session_packets", feed.channel.strays().old_sessions},
            {"unconfirmed_packets", feed.channel.strays().unconfirmed},
            {"sequence_resets", order.resets},
            {"reset_packets_without_room", order.resets_full},
            {"too_long_packets", order.too_long},
            {"reorder_ns", to_json(feed.reorder_ns())},
            {"gap_ns", to_json(feed.gap_ns())}};
}

Json snapshot_json(const Options& options, std::size_t index, const OrderedFeed& feed) {
    const SnapshotReport& snapshot = feed.snapshot;
    Json json = {{"server", wire::to_string(server_of(options.snapshot_servers, index))},
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

const char* to_string(feed::Freshness freshness) noexcept {
    switch (freshness) {
        case feed::Freshness::current:
            return "current";
        case feed::Freshness::behind:
            return "behind";
        case feed::Freshness::stale:
            break;
    }
    return "stale";
}

double us(const Json& json, const char* name) {
    return json.at(name).get<double>() / 1e3;
}

void ledger_text(std::string& text, std::uint64_t feed, const Json& json) {
    const Json& ledger = json["ledger"];
    line(text,
         "ledger {}: {} messages = {} delivered + {} recovered + {} lost + {} by snapshot{}; "
         "apart: {} duplicates, {} late",
         feed, count(ledger, "expected"), count(ledger, "delivered"), count(ledger, "recovered"),
         count(ledger, "lost"), count(ledger, "by_snapshot"),
         ledger["closes"].get<bool>() ? "" : " (DOES NOT CLOSE)", count(ledger, "duplicates"),
         count(ledger, "late"));
    line(text, "book {}: {}{}", feed, json["freshness"].get<std::string>(),
         json["freshness"] == "stale"
             ? ": messages were lost that may be about any symbol; only a snapshot, or another "
               "session, ends that"
             : "");
}

void lines_text(std::string& text, std::uint64_t feed, const Json& json) {
    for (const Json& each : json["lines"]) {
        const Json& lead = each["lead_ns"];
        line(text,
             "line {}{}: {} packets, {} first, {} second, missed {} messages, {} duplicates; led "
             "by us: p50 {:.2f}, p99 {:.2f}, max {:.2f}",
             each["line"].get<std::string>(), feed, count(each, "packets"), count(each, "first"),
             count(each, "second"), count(each, "missed_messages"),
             count(each, "duplicate_packets"), us(lead, "p50"), us(lead, "p99"), us(lead, "max"));
    }
}

void order_text(std::string& text, std::uint64_t feed, const Json& order) {
    line(text,
         "order {}: {} gaps, {} declared, {} given up; {} packets held, {} at most; {} requests "
         "({} repeated), {} answers ({} useless), {} timeouts",
         feed, count(order, "gaps"), count(order, "gaps_declared"), count(order, "gaps_given_up"),
         count(order, "held_packets"), count(order, "held_max"), count(order, "requests"),
         count(order, "repeated_requests"), count(order, "answers"),
         count(order, "useless_answers"), count(order, "timeouts"));
    const Json& gap = order["gap_ns"];
    if (count(gap, "count") == 0) return;
    line(text, "gaps {}: book incomplete for us: p50 {:.1f}, p99 {:.1f}, max {:.1f} ({} times)",
         feed, us(gap, "p50"), us(gap, "p99"), us(gap, "max"), count(gap, "count"));
}

void snapshot_text(std::string& text, std::uint64_t feed, const Json& snapshot) {
    line(text,
         "snapshot {}: {} taken from {}, {} refused, {} given up; the last: {} orders in {} "
         "messages, loaded in {:.2f} ms, join at {}, {} packets held meanwhile{}{}",
         feed, count(snapshot, "taken"), snapshot["server"].get<std::string>(),
         count(snapshot, "refused"), count(snapshot, "given_up"), count(snapshot, "orders"),
         count(snapshot, "messages"), us(snapshot, "load_ns") / 1e3, count(snapshot, "sequence"),
         count(snapshot, "held_packets"), snapshot.contains("failure") ? "; last failure: " : "",
         snapshot.contains("failure") ? snapshot["failure"].get<std::string>() : "");
}

}  // namespace

void add_ordered(Json& json, const Options& options, const OrderedFeed& feed,
                 const FeedState& state) {
    const std::size_t index = json["feed"].get<std::size_t>();
    json["ledger"] = ledger_json(feed, state.channel.counters());
    json["freshness"] = to_string(feed.channel.freshness());
    json["consistent_after_ns"] =
        feed.consistent_ns() ? Json(*feed.consistent_ns()) : Json(nullptr);
    if (feed.has_two_lines()) json["lines"] = lines_json(options, index, feed);
    json["order"] = order_json(feed);
    if (!options.snapshot_servers.empty()) json["snapshot"] = snapshot_json(options, index, feed);
}

void add_ordered_totals(Json& totals, const Json& feeds) {
    Json sum;
    bool closes = true;
    for (const char* entry : kLedgerEntries) {
        std::uint64_t value = 0;
        for (const Json& feed : feeds)
            value += count(feed["ledger"], entry);
        sum[entry] = value;
    }
    for (const Json& feed : feeds)
        closes = closes && feed["ledger"]["closes"].get<bool>();
    sum["closes"] = closes;
    totals["ledger"] = std::move(sum);
}

void mark_stale(Json& top_of_book, const Json& feeds) {
    for (Json& symbol : top_of_book) {
        const Json& feed = feeds[symbol["feed"].get<std::size_t>()];
        symbol["stale"] = feed["freshness"] == "stale";
    }
}

Json to_json(std::span<const RecoveryAgent* const> agents) {
    const auto sum = [&](std::atomic<std::uint64_t> AgentCounters::*counter) {
        std::uint64_t value = 0;
        for (const RecoveryAgent* agent : agents)
            value += (agent->counters().*counter).load();
        return value;
    };
    return {{"send_errors", sum(&AgentCounters::send_errors)},
            {"orders_dropped", sum(&AgentCounters::orders_dropped)},
            {"answers_dropped", sum(&AgentCounters::answers_dropped)},
            {"too_long_answers", sum(&AgentCounters::too_long)},
            {"snapshot_attempts", sum(&AgentCounters::snapshot_attempts)},
            {"snapshot_failures", sum(&AgentCounters::snapshot_failures)}};
}

std::string ordered_text(const Json& summary) {
    std::string text;
    for (const Json& json : summary["feeds"]) {
        if (!json.contains("ledger")) continue;
        const std::uint64_t feed = count(json, "feed");
        ledger_text(text, feed, json);
        if (json.contains("lines")) lines_text(text, feed, json);
        order_text(text, feed, json["order"]);
        if (json.contains("snapshot")) snapshot_text(text, feed, json["snapshot"]);
        if (!json["consistent_after_ns"].is_null()) {
            line(text, "book {}: complete {:.2f} ms after the start", feed,
                 us(json, "consistent_after_ns") / 1e3);
        }
    }
    return text;
}

}  // namespace rxlab::rx
