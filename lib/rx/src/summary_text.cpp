// SPDX-License-Identifier: MIT
#include "summary_ordered.hpp"
#include "summary_words.hpp"

#include <rxlab/program/errors.hpp>
#include <rxlab/rx/summary.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <fstream>

namespace rxlab::rx {
namespace {

using Json = nlohmann::ordered_json;

std::string level_text(const Json& level) {
    if (level.is_null()) return "-";
    return fmt::format("{:.4f} x {}", level["price"].get<double>(), count(level, "shares"));
}

void feeds_text(std::string& text, const Json& feeds) {
    line(text, "{:>4}  {:<22} {:<10} {:>10} {:>10} {:>6} {:>8} {:>6} {:>6} {:>6}  {:<16}", "feed",
         "group", "session", "packets", "messages", "gaps", "missed", "dup", "late", "stray",
         "book digest");
    for (const Json& feed : feeds) {
        line(text, "{:>4}  {:<22} {:<10} {:>10} {:>10} {:>6} {:>8} {:>6} {:>6} {:>6}  {:<16}",
             count(feed, "feed"), feed["group"].get<std::string>(),
             feed["session"].get<std::string>(), count(feed, "packets"), count(feed, "messages"),
             count(feed, "gaps"), count(feed, "missed_messages"), count(feed, "duplicate_packets"),
             count(feed, "late_packets"), count(feed, "stray_packets"),
             feed["book"]["digest"].get<std::string>());
    }
}

// Only the counters that are not zero: most anomalies are absent from most runs.
void book_text(std::string& text, const Json& feeds) {
    for (const Json& feed : feeds) {
        std::string counters;
        for (const auto& [name, value] : feed["book"].items()) {
            if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0) continue;
            if (!counters.empty()) counters += ", ";
            counters += fmt::format("{} {}", name, value.get<std::uint64_t>());
        }
        if (!counters.empty()) line(text, "book {}: {}", count(feed, "feed"), counters);
    }
}

// Source counters that are zero say nothing; drops are shown always. Lists of counters are for
// machines, but for a few (queues, IGMP) that have lines of their own.
void counters_text(std::string& text, const char* title, const Json& counters, bool zeros) {
    std::string list;
    for (const auto& [name, value] : counters.items()) {
        if ((!zeros && value == 0) || value.is_structured() || value == "") continue;
        if (!list.empty()) list += ", ";
        list += value.is_string() ? fmt::format("{} {}", name, value.get<std::string>())
                                  : fmt::format("{} {}", name, value.dump());
    }
    if (!list.empty()) line(text, "{}: {}", title, list);
}

void queues_text(std::string& text, const Json& source) {
    if (!source.contains("queues") || source["queues"].size() < 2) return;
    for (const Json& queue : source["queues"]) {
        std::string feeds;
        for (const Json& feed : queue["feeds"])
            feeds += (feeds.empty() ? "" : ",") + feed.dump();
        line(text,
             "queue {}: lcore {}, feeds {}: packets {}, messages {}, gaps {}, missed {}, strays "
             "{}, handed over {}, taken over {}",
             count(queue, "queue"), count(queue, "lcore"), feeds, count(queue, "packets"),
             count(queue, "messages"), count(queue, "gaps"), count(queue, "missed_messages"),
             count(queue, "stray_packets"), count(queue, "handed_over"),
             count(queue, "taken_over"));
    }
}

void latency_text(std::string& text, const Json& latency) {
    const auto us = [&latency](const char* name) { return latency[name].get<double>() / 1000.0; };
    line(text,
         "latency from stamp to book, us: p50 {:.2f}, p90 {:.2f}, p99 {:.2f}, p99.9 {:.2f}, "
         "max {:.2f}, mean {:.2f}, stddev {:.2f} ({} packets, {} negative)",
         us("p50"), us("p90"), us("p99"), us("p999"), us("max"), us("mean"), us("stddev"),
         count(latency, "count"), count(latency, "negative"));
}

void top_text(std::string& text, const Json& top) {
    if (top.empty()) return;
    line(text, "{:<8} {:>4} {:>9}   {:<22} {:<22}", "symbol", "feed", "messages", "bid", "ask");
    for (const Json& symbol : top) {
        line(text, "{:<8} {:>4} {:>9}   {:<22} {:<22}", symbol["stock"].get<std::string>(),
             count(symbol, "feed"), count(symbol, "messages"), level_text(symbol["bid"]),
             level_text(symbol["ask"]));
    }
}

}  // namespace

std::string to_text(const Json& summary) {
    std::string text;
    line(text, "{} ({}) on {}: ended by {}", summary["program"].get<std::string>(),
         summary["mode"].get<std::string>(), summary["interface"].get<std::string>(),
         summary["ended_by"].get<std::string>());
    feeds_text(text, summary["feeds"]);
    text += ordered_text(summary);
    book_text(text, summary["feeds"]);
    counters_text(text, "drops", summary["drops"], true);
    const Json& source = summary["source"];
    counters_text(text, "source", source, false);
    if (source.contains("igmp")) counters_text(text, "igmp", source["igmp"], false);
    queues_text(text, source);
    if (summary.contains("latency_ns")) latency_text(text, summary["latency_ns"]);
    top_text(text, summary["top_of_book"]);
    const Json& usage = summary["usage"];
    line(text, "cpu: user {:.3f} s, system {:.3f} s, switches {} voluntary, {} involuntary",
         usage["user_s"].get<double>(), usage["system_s"].get<double>(),
         usage["voluntary_switches"].get<std::int64_t>(),
         usage["involuntary_switches"].get<std::int64_t>());
    line(text, "digest: {}", summary["totals"]["digest"].get<std::string>());
    return text;
}

void publish(const Json& summary, const Options& options) {
    publish(to_text(summary), summary, options);
}

void publish(const std::string& text, const Json& json, const Options& options) {
    const bool json_to_stdout = options.json_path == "-";
    std::fputs(text.c_str(), json_to_stdout ? stderr : stdout);
    if (json_to_stdout) {
        std::puts(json.dump(2).c_str());
    } else if (!options.json_path.empty()) {
        errno = 0;
        std::ofstream file{options.json_path};
        file << json.dump(2) << '\n';
        file.close();
        if (!file) throw program::RunError(errno, "write " + options.json_path);
    }
    if (std::fflush(stdout) != 0)
        throw program::RunError(errno, "write the summary to standard output");
}

}  // namespace rxlab::rx
