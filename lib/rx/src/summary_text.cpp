// SPDX-License-Identifier: MIT
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

double us(const Json& json, const char* name) {
    return json.at(name).get<double>() / 1e3;
}

void ledger_text(std::string& text, std::uint64_t feed, const Json& ledger) {
    line(text,
         "ledger {}: {} messages = {} delivered + {} recovered + {} lost + {} by snapshot{}; "
         "apart: {} duplicates, {} late",
         feed, count(ledger, "expected"), count(ledger, "delivered"), count(ledger, "recovered"),
         count(ledger, "lost"), count(ledger, "by_snapshot"),
         ledger["closes"].get<bool>() ? "" : " (DOES NOT CLOSE)", count(ledger, "duplicates"),
         count(ledger, "late"));
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

// Where messages were put in order.
void ordered_text(std::string& text, const Json& json) {
    if (!json.contains("ledger")) return;
    const std::uint64_t feed = count(json, "feed");
    ledger_text(text, feed, json["ledger"]);
    if (json.contains("lines")) lines_text(text, feed, json);
    order_text(text, feed, json["order"]);
    if (json.contains("snapshot")) snapshot_text(text, feed, json["snapshot"]);
    if (!json["consistent_after_ns"].is_null()) {
        line(text, "book {}: complete {:.2f} ms after the start", feed,
             us(json, "consistent_after_ns") / 1e3);
    }
}

std::string doubt_text(const Json& json) {
    const std::string doubt = json["doubt"].is_null() ? "" : json["doubt"].get<std::string>();
    const auto newcomer = [&json](const char* name) {
        return json.contains("newcomer") ? json["newcomer"][name].get<std::string>()
                                         : std::string{"?"};
    };
    if (doubt == "silence" && json["session"] == "") return "nothing was heard of the feed";
    if (doubt == "silence") return "nothing was heard of the feed for too long (--silence)";
    if (doubt == "another-session") {
        return fmt::format(
            "session {} is heard, of {}, and no more of {}, which has not said that it ends; a "
            "snapshot, that end or the operator (SIGUSR1) decides",
            newcomer("session"), newcomer("address"), json["session"].get<std::string>());
    }
    if (doubt == "another-source")
        return fmt::format("{} goes on with the session", newcomer("address"));
    if (doubt == "sequence-began-again") {
        return "the sequence began again, or somebody replays it; a snapshot or the operator "
               "(SIGUSR1) decides";
    }
    if (doubt == "far-ahead") return "packets from far ahead were not believed";
    return doubt;
}

void freshness_text(std::string& text, const Json& json) {
    const std::string freshness = json["freshness"].get<std::string>();
    std::string why;
    if (freshness == "stale") {
        const bool is_late = count(json, "joined_at") > 1 && count(json, "missed_messages") == 0;
        why = is_late ? fmt::format(
                            ": it was joined at message {}; a snapshot (--snapshot), or the "
                            "next session, makes it complete",
                            count(json, "joined_at"))
                      : ": messages were lost that may be about any symbol; only a snapshot, or "
                        "another session, ends that";
    }
    if (freshness == "unconfirmed") why = ": " + doubt_text(json);
    if (freshness == "stale" && !json["doubt"].is_null()) why += "; " + doubt_text(json);
    line(text, "book {}: {}{}", count(json, "feed"), freshness, why);
}

void silence_text(std::string& text, const std::string& of, const Json& silence) {
    line(text, "{}: {} times nothing was heard, for {:.1f} s at most", of, count(silence, "times"),
         silence["longest_ns"].get<double>() / 1e9);
}

// What is wrong with packets, and who else speaks; nothing where all is as it should be.
void trouble_text(std::string& text, const Json& json) {
    const std::uint64_t feed = count(json, "feed");
    if (count(json, "malformed_packets") != 0) {
        const std::uint64_t headless = count(json, "malformed_packets") -
                                       count(json, "cut_short_packets") -
                                       count(json, "left_over_packets");
        line(text,
             "malformed {}: {} packets: {} cut short ({} messages are not there), {} with bytes "
             "left over, {} without a header",
             feed, count(json, "malformed_packets"), count(json, "cut_short_packets"),
             count(json, "cut_short_messages"), count(json, "left_over_packets"), headless);
    }
    for (const Json& other : json["publishers"]["others"]) {
        const std::string address = other["address"].get<std::string>();
        line(text,
             "foreign {}: {} packets of session {} from {}; --source ADDRESS restricts a line "
             "to its publisher",
             feed, count(other, "packets"), other["session"].get<std::string>(),
             address.empty() ? "an unknown sender" : address);
    }
    if (count(json["silences"], "times") != 0) {
        silence_text(text, fmt::format("silence {}", feed), json["silences"]);
    }
    if (!json["silences"].contains("lines")) return;
    for (std::size_t i = 0; i < 2; ++i) {
        const Json& of_line = json["silences"]["lines"][i];
        if (count(of_line, "times") != 0)
            silence_text(text, fmt::format("silence {}, line {}", feed, i == 0 ? 'A' : 'B'),
                         of_line);
    }
}

void missing_text(std::string& text, const Json& missing) {
    if (count(missing, "messages") == 0) return;
    line(text,
         "missing: {} messages, {} of them in packets that came cut{}; no counter explains {}",
         count(missing, "messages"), count(missing, "by_cut_packets"),
         missing.contains("by_drops")
             ? fmt::format(", about {} in those that were dropped", count(missing, "by_drops"))
             : ", nobody counts drops",
         count(missing, "unexplained"));
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
    for (const Json& feed : summary["feeds"]) {
        ordered_text(text, feed);
        freshness_text(text, feed);
        trouble_text(text, feed);
    }
    missing_text(text, summary["totals"]["missing"]);
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
    // An earlier write may have failed, too: fflush() tells of the last one only.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
        throw program::RunError(errno, "write the summary to standard output");
}

}  // namespace rxlab::rx
