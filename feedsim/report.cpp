// SPDX-License-Identifier: MIT
#include "feedsim/report.hpp"

#include "feedsim/impair/lines.hpp"
#include "feedsim/orders/ledger.hpp"
#include "feedsim/servers/rerequest_server.hpp"
#include "feedsim/servers/snapshot_server.hpp"

#include <rxlab/latency/to_json.hpp>
#include <rxlab/program/publish.hpp>
#include <rxlab/program/to_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>
#include <string_view>
#include <vector>

namespace rxlab::feedsim {

RXLAB_TO_JSON(FeedCounters, next_sequence, packets, bytes, messages, heartbeats, send_errors);
RXLAB_TO_JSON(ImpairmentCounters, dropped_packets, dropped_messages, duplicated_packets,
              duplicated_messages, reordered_packets, delayed_packets, corrupted_packets,
              corrupted_messages, truncated_packets, truncated_messages, control_dropped, no_room);
RXLAB_TO_JSON(RerequestCounters, requests, answers, messages, unavailable, refused, over_quota,
              unknown_session, malformed, send_errors);
RXLAB_TO_JSON(OrderCounts, expected, arrived, good, wrong, duplicate, unknown, malformed, missed,
              lost);
RXLAB_TO_JSON(SnapshotCounters, logins, completed, messages, bytes, rejected, unauthorized, refused,
              abandoned);

namespace {

using Json = nlohmann::ordered_json;

Json line_json(const Line& line, const wire::Ipv4Endpoint& group, char name) {
    const ImpairmentCounters& counters = line.impairment.counters();
    Json json{
        {"line", std::string(1, name)},
        {"group", wire::to_string(group)},
        {"packets", counters.packets - counters.dropped_packets + counters.duplicated_packets},
        {"messages", counters.messages - counters.dropped_messages + counters.duplicated_messages}};
    to_json(json, counters);  // behind these
    json["send_errors"] = line.errors;
    return json;
}

// What the lines of a feed did to its packets.
void add_lines(Json& feed, std::size_t index, const Options& options, const Lines& way) {
    Json lines = Json::array();
    std::uint64_t errors = 0;
    for (std::size_t i = 0; i < way.lines().size(); ++i) {
        const Line& line = way.lines()[i];
        lines.push_back(line_json(line, i == 0 ? options.groups[index] : options.line_b[index],
                                  static_cast<char>('a' + i)));
        errors += line.errors;
    }
    feed["send_errors"] = errors;
    feed["lost_packets"] = way.lost_packets();
    feed["lost_messages"] = way.lost_messages();
    feed["lines"] = std::move(lines);
}

Json feed_json(std::size_t index, const Options& options, const Feed& feed,
               const FeedCounters& counters) {
    Json json{{"feed", index},
              {"group", wire::to_string(options.groups[index])},
              {"session", feed.stream->session().view()},
              {"first_sequence", feed.stream->first_sequence()}};
    to_json(json, counters);
    if (const auto* lines = dynamic_cast<const Lines*>(feed.transmitter.get())) {
        add_lines(json, index, options, *lines);
    }
    return json;
}

template <typename... Args>
void line(std::string& text, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    text += '\n';
}

std::string_view to_string(EndedBy ended_by) noexcept {
    switch (ended_by) {
        case EndedBy::done:
            return "done";
        case EndedBy::signal:
            return "signal";
        case EndedBy::failure:
            break;
    }
    return "failure";
}

std::uint64_t count(const Json& json, const char* name) {
    return json.at(name).get<std::uint64_t>();
}

void feeds_text(std::string& text, const Json& feeds) {
    line(text, "{:>4}  {:<22} {:<10} {:>10} {:>12} {:>13} {:>10} {:>11}", "feed", "group",
         "session", "packets", "messages", "bytes", "heartbeats", "send errors");
    for (const Json& feed : feeds) {
        line(text, "{:>4}  {:<22} {:<10} {:>10} {:>12} {:>13} {:>10} {:>11}", count(feed, "feed"),
             feed["group"].get<std::string>(), feed["session"].get<std::string>(),
             count(feed, "packets"), count(feed, "messages"), count(feed, "bytes"),
             count(feed, "heartbeats"), count(feed, "send_errors"));
    }
}

void lines_text(std::string& text, const Json& feeds) {
    if (feeds.empty() || !feeds[0].contains("lines")) return;
    line(text, "{:>4} {:>4}  {:<22} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>11}",
         "feed", "line", "group", "packets", "dropped", "duplicated", "reordered", "delayed",
         "corrupted", "truncated", "send errors");
    for (const Json& feed : feeds) {
        for (const Json& one : feed["lines"]) {
            line(text,
                 "{:>4} {:>4}  {:<22} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>11}",
                 count(feed, "feed"), one["line"].get<std::string>(),
                 one["group"].get<std::string>(), count(one, "packets"),
                 count(one, "dropped_packets"), count(one, "duplicated_packets"),
                 count(one, "reordered_packets"), count(one, "delayed_packets"),
                 count(one, "corrupted_packets"), count(one, "truncated_packets"),
                 count(one, "send_errors"));
        }
        line(text, "feed {}: dropped on every line: {} packets, {} messages", count(feed, "feed"),
             count(feed, "lost_packets"), count(feed, "lost_messages"));
    }
}

void pacing_text(std::string& text, const Json& pacing) {
    const auto us = [&](const char* name) { return pacing.at(name).get<double>() / 1e3; };
    line(text,
         "pacing error (us): p50 {:.2f}  p90 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f}  "
         "mean {:.2f}  stddev {:.2f}",
         us("p50"), us("p90"), us("p99"), us("p999"), us("max"), us("mean"), us("stddev"));
}

}  // namespace

Json make_summary(const Options& options, const Sender& sender, EndedBy ended_by) {
    Json summary{{"schema", "rxlab.tx/1"},
                 {"program", options.program},
                 {"cpu", options.cpu ? Json(*options.cpu) : Json(nullptr)},
                 {"ended_by", to_string(ended_by)}};
    Json feeds = Json::array();
    FeedCounters total;
    for (std::size_t i = 0; i < sender.feeds().size(); ++i) {
        const FeedCounters& counters = sender.counters()[i];
        feeds.push_back(feed_json(i, options, sender.feeds()[i], counters));
        total.packets += counters.packets;
        total.bytes += counters.bytes;
        total.messages += counters.messages;
    }
    summary["feeds"] = std::move(feeds);
    summary["totals"] = {
        {"packets", total.packets}, {"bytes", total.bytes}, {"messages", total.messages}};
    const std::string& file = options.write_itch.empty() ? options.write_pcap : options.write_itch;
    if (!file.empty()) summary["written"] = file;
    return summary;
}

void add_sending(Json& summary, const Options& options, const Sender& sender, latency::Clock clock,
                 const latency::Calibration& calibration, const latency::TraceWriter* trace) {
    summary["clock"] = latency::clock_json(clock, calibration);
    summary["rate"] = {
        {"asked_pps", options.rate_pps * static_cast<double>(sender.feeds().size())},
        {"achieved_pps", sender.sending_s() > 0
                             ? Json(static_cast<double>(count(summary["totals"], "packets") - 1) /
                                    sender.sending_s())
                             : Json(nullptr)}};
    summary["pacing_ns"] = latency::histogram_json(sender.pacing_ns());
    if (trace != nullptr) summary["trace"] = latency::trace_json(options.trace, *trace);
}

void add_books(Json& summary, std::span<const std::optional<BookState>> books) {
    std::vector<std::uint64_t> digests;
    for (std::size_t i = 0; i < books.size(); ++i) {
        if (!books[i]) continue;
        digests.push_back(books[i]->digest);
        summary["feeds"][i]["book"] = {{"digest", fmt::format("{:016x}", books[i]->digest)},
                                       {"orders", books[i]->orders},
                                       {"levels", books[i]->levels}};
    }
    if (digests.size() == books.size())
        summary["totals"]["digest"] = fmt::format("{:016x}", digest_of_feeds(digests));
}

void add_rerequest(Json& summary, const RerequestServer& server) {
    Json& json = summary["rerequest"] = {{"address", wire::to_string(server.address())}};
    to_json(json, server.counters());
}

void add_snapshot(Json& summary, const SnapshotServer& server) {
    Json& json = summary["snapshot"] = {{"address", wire::to_string(server.address())}};
    to_json(json, server.counters());
    json["complete"] = server.is_complete();
}

void add_orders(Json& summary, const Options& options, const OrderLedger& ledger,
                std::uint64_t drops) {
    Json& json = summary["orders"] = {{"address", wire::to_string(*options.orders)},
                                      {"when", Json::array()}};
    for (const order::Trigger& trigger : options.orders_when)
        json["when"].push_back(order::to_string(trigger));
    to_json(json, ledger.counts);
    json["dropped"] = drops;
    json["tick_to_trade_ns"] = latency::histogram_json(ledger.tick_to_trade_ns);
}

namespace {

void orders_text(std::string& text, const Json& summary) {
    if (!summary.contains("orders")) return;
    const Json& one = summary["orders"];
    line(text,
         "orders: {} of {} came; {} missed, {} false, {} duplicate, {} to unknown packets, {} "
         "malformed, {} lost on the way",
         count(one, "good"), count(one, "expected"), count(one, "missed"), count(one, "wrong"),
         count(one, "duplicate"), count(one, "unknown"), count(one, "malformed"),
         count(one, "lost") + count(one, "dropped"));
    if (count(one, "good") == 0) return;
    const auto us = [&](const char* name) {
        return one["tick_to_trade_ns"].at(name).get<double>() / 1e3;
    };
    line(text, "tick to trade (us): p50 {:.2f}  p90 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f}",
         us("p50"), us("p90"), us("p99"), us("p999"), us("max"));
}

void servers_text(std::string& text, const Json& summary) {
    if (summary.contains("rerequest")) {
        const Json& one = summary["rerequest"];
        line(
            text,
            "re-requests: {} answered with {} messages, of {}; {} unavailable, {} beyond the rate, "
            "{} beyond a quota",
            count(one, "answers"), count(one, "messages"), count(one, "requests"),
            count(one, "unavailable"), count(one, "refused"), count(one, "over_quota"));
    }
    if (summary.contains("snapshot")) {
        const Json& one = summary["snapshot"];
        line(text, "snapshots: {} sent with {} messages, of {} logins; {} rejected{}",
             count(one, "completed"), count(one, "messages"), count(one, "logins"),
             count(one, "rejected"),
             one["complete"].get<bool>()
                 ? ""
                 : " (a feed could not be followed: it needs a larger --store)");
    }
}

// In the form in which receivers print theirs.
void digest_text(std::string& text, const Json& totals) {
    if (totals.contains("digest")) line(text, "digest: {}", totals["digest"].get<std::string>());
}

}  // namespace

std::string to_text(const Json& summary) {
    std::string text;
    feeds_text(text, summary["feeds"]);
    lines_text(text, summary["feeds"]);
    const Json& totals = summary["totals"];
    const std::string what = summary.contains("written")
                                 ? "wrote " + summary["written"].get<std::string>() + ":"
                                 : "sent";
    line(text, "{} {} packets, {} messages, {} bytes of UDP payload{}", what,
         count(totals, "packets"), count(totals, "messages"), count(totals, "bytes"),
         summary["ended_by"] == "signal" ? " (ended by a signal)" : "");
    if (!summary.contains("pacing_ns")) {
        digest_text(text, totals);
        return text;
    }
    const Json& rate = summary["rate"];
    if (!rate["achieved_pps"].is_null()) {
        line(text, "rate: {:.1f} packets/s, asked for {:.1f}", rate["achieved_pps"].get<double>(),
             rate["asked_pps"].get<double>());
    }
    pacing_text(text, summary["pacing_ns"]);
    servers_text(text, summary);
    orders_text(text, summary);
    if (summary.contains("trace")) {
        const Json& trace = summary["trace"];
        line(text, "trace: {}, {} records, {} did not fit", trace["file"].get<std::string>(),
             count(trace, "records"), count(trace, "overflow"));
    }
    digest_text(text, totals);
    return text;
}

void publish(const Json& summary, const Options& options) {
    program::publish(to_text(summary), summary, options.json);
}

}  // namespace rxlab::feedsim
