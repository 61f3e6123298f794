// SPDX-License-Identifier: MIT
#include <rxlab/rx/summary.hpp>

#include <fmt/args.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace rxlab::rx {
namespace {

using Json = nlohmann::ordered_json;

// The values of a part of the summary, for formats that name them: those of an object have its name
// before theirs ("order_gaps"); what is in nanoseconds is also there in other units ("gap_us_p50").
class Values {
  public:
    // `feed`: of a part of a feed's, the feed's number.
    explicit Values(const Json& json, const Json& feed = nullptr) {
        if (!feed.is_null()) add("feed", feed.get<std::size_t>());
        const Json flat = json.flatten();
        for (const auto& [path, value] : flat.items()) {
            std::string name = path.substr(1);
            std::ranges::replace(name, '/', '_');
            if (value.is_string()) add(name, value.get<std::string>());
            if (value.is_number_integer()) add(name, value.get<std::int64_t>());
            if (value.is_number_float()) add(name, value.get<double>());
            const std::size_t unit = name.find("_ns");
            if (!value.is_number() || unit == std::string::npos) continue;
            for (const auto& [letter, ns] : {std::pair{"_us", 1e3}, {"_ms", 1e6}, {"_s", 1e9}})
                add(std::string{name}.replace(unit, 3, letter), value.get<double>() / ns);
        }
    }
    template <typename T>
    void add(const std::string& name, const T& value) {
        values_.push_back(fmt::arg(name.c_str(), value));
    }
    [[nodiscard]] std::string in(const char* format) const { return fmt::vformat(format, values_); }
    [[nodiscard]] std::string where(bool holds, const char* format) const {
        return holds ? in(format) : std::string{};
    }

  private:
    fmt::dynamic_format_arg_store<fmt::format_context> values_;
};

// Where messages were put in order.
void ordered_text(std::string& text, const Json& json, const Values& feed) {
    if (!json.contains("ledger")) return;
    text += feed.in(
        "ledger {feed}: {ledger_expected} messages = {ledger_delivered} delivered + "
        "{ledger_recovered} recovered + {ledger_lost} lost + {ledger_by_snapshot} by snapshot");
    text += json["ledger"]["closes"].get<bool>() ? "" : " (DOES NOT CLOSE)";
    text += feed.in("; apart: {ledger_duplicates} duplicates, {ledger_late} late\n");
    for (const Json& line : json.value("lines", Json::array())) {
        text += Values{line, json["feed"]}.in(
            "line {line}{feed}: {packets} packets, {first} first, {second} second, missed "
            "{missed_messages} messages, {duplicate_packets} duplicates; led by us: p50 "
            "{lead_us_p50:.2f}, p99 {lead_us_p99:.2f}, max {lead_us_max:.2f}\n");
    }
    text += feed.in(
        "order {feed}: {order_gaps} gaps, {order_gaps_declared} declared, {order_gaps_given_up} "
        "given up; {order_held_packets} packets held, {order_held_max} at most; {order_requests} "
        "requests ({order_repeated_requests} repeated), {order_answers} answers "
        "({order_useless_answers} useless), {order_timeouts} timeouts\n");
    text += feed.where(
        json["order"]["gap_ns"]["count"] != 0,
        "gaps {feed}: book incomplete for us: p50 {order_gap_us_p50:.1f}, p99 "
        "{order_gap_us_p99:.1f}, max {order_gap_us_max:.1f} ({order_gap_ns_count} times)\n");
    if (json.contains("snapshot")) {
        text += feed.in(
            "snapshot {feed}: {snapshot_taken} taken from {snapshot_server}, {snapshot_refused} "
            "refused, {snapshot_given_up} given up; the last: {snapshot_orders} orders in "
            "{snapshot_messages} messages, loaded in {snapshot_load_ms:.2f} ms, join at "
            "{snapshot_sequence}, {snapshot_held_packets} packets held meanwhile");
        if (json["snapshot"]["too_old"] != 0 || json["snapshot"]["too_new"] != 0)
            text += feed.in(
                "; refused: {snapshot_too_old} too old, {snapshot_too_new} too far ahead of the "
                "feed");
        if (json["snapshot"].contains("failure"))
            text += feed.in("; last failure: {snapshot_failure}");
        text += '\n';
    }
    if (!json["consistent_after_ns"].is_null())
        text += feed.in("book {feed}: complete {consistent_after_ms:.2f} ms after the start\n");
}

std::string doubt_text(const Json& json, const Values& feed) {
    if (json["doubt"].is_null()) return "";
    const std::string doubt = json["doubt"].get<std::string>();
    const bool has_newcomer = json.contains("newcomer");
    if (doubt == "silence" && json["session"] == "") return "nothing was heard of the feed";
    if (doubt == "silence") return "nothing was heard of the feed for too long (--silence)";
    if (doubt == "another-session") {
        return (has_newcomer ? feed.in("session {newcomer_session} is heard, of {newcomer_address}")
                             : "session ? is heard, of ?") +
               feed.in(
                   ", and no more of {session}, which has not said that it ends; a snapshot, that "
                   "end or the operator (SIGUSR1) decides");
    }
    if (doubt == "another-source")
        return (has_newcomer ? feed.in("{newcomer_address}") : "?") + " goes on with the session";
    if (doubt == "sequence-began-again") {
        return "the sequence began again, or somebody replays it; a snapshot or the operator "
               "(SIGUSR1) decides";
    }
    return "packets from far ahead were not believed";
}

void freshness_text(std::string& text, const Json& json, const Values& feed) {
    text += feed.in("book {feed}: {freshness}");
    const bool is_stale = json["freshness"] == "stale";
    if (is_stale && json["joined_at"] > 1 && json["missed_messages"] == 0) {
        text += feed.in(
            ": it was joined at message {joined_at}; a snapshot (--snapshot), or the next session, "
            "makes it complete");
    } else if (is_stale) {
        text +=
            ": messages were lost that may be about any symbol; only a snapshot, or another "
            "session, ends that";
    }
    if (json["freshness"] == "unconfirmed") text += ": " + doubt_text(json, feed);
    if (is_stale && !json["doubt"].is_null()) text += "; " + doubt_text(json, feed);
    text += '\n';
}

void silence_text(std::string& text, const std::string& of, const Json& silence) {
    if (silence["times"] == 0) return;
    text +=
        "silence " + of +
        Values{silence}.in(": {times} times nothing was heard, for {longest_s:.1f} s at most\n");
}

// What is wrong with packets, and who else speaks; nothing where all is as it should be.
void trouble_text(std::string& text, const Json& json, const Values& feed) {
    text += feed.where(json["malformed_packets"] != 0,
                       "malformed {feed}: {malformed_packets} packets: {cut_short_packets} cut "
                       "short ({cut_short_messages} messages are not there), {left_over_packets} "
                       "with bytes left over, {headless_packets} without a header\n");
    text += feed.where(
        json["overlap_packets"] != 0,
        "overlaps {feed}: {overlap_packets} packets began with messages that had come before\n");
    text += feed.where(json["gaps_forgotten"] != 0,
                       "gaps {feed}: {gaps_forgotten} were forgotten, as too many were open: what "
                       "fills them counts as duplicate\n");
    for (const Json& other : json["publishers"]["others"]) {
        const Values values{other, json["feed"]};
        text += values.in("foreign {feed}: {packets} packets of session {session} from ") +
                (other["address"] == "" ? "an unknown sender" : values.in("{address}")) +
                "; --source ADDRESS restricts a line to its publisher\n";
    }
    const Json& silences = json["silences"];
    silence_text(text, feed.in("{feed}"), silences);
    if (!silences.contains("lines")) return;
    silence_text(text, feed.in("{feed}, line A"), silences["lines"][0]);
    silence_text(text, feed.in("{feed}, line B"), silences["lines"][1]);
}

void missing_text(std::string& text, const Json& missing) {
    if (missing["messages"] == 0) return;
    const Values values{missing};
    text += values.in(
        "missing: {messages} messages, {by_cut_packets} of them in packets that arrived cut off, ");
    text += missing.contains("by_drops") ? values.in("about {by_drops} in those that were dropped")
                                         : "nobody counts drops";
    text += values.in("; no counter explains {unexplained}\n");
}

// Counters that are zero say nothing; drops are shown always. Lists of counters are for machines,
// but for a few (queues, IGMP) that have lines of their own.
void counters_text(std::string& text, const std::string& title, const Json& counters,
                   bool zeros = false) {
    std::string list;
    for (const auto& [name, value] : counters.items()) {
        if ((!zeros && value == 0) || value.is_structured() || value == "") continue;
        list += (list.empty() ? title + ": " : ", ") + name + ' ' +
                (value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (!list.empty()) text += list + '\n';
}

void queues_text(std::string& text, const Json& source) {
    if (!source.contains("queues") || source["queues"].size() < 2) return;
    for (const Json& queue : source["queues"]) {
        const auto feeds = queue["feeds"].get<std::vector<std::size_t>>();
        Values values{queue};
        values.add("list", fmt::format("{}", fmt::join(feeds, ",")));
        text += values.in(
            "queue {queue}: lcore {lcore}, feeds {list}: packets {packets}, messages {messages}, "
            "gaps {gaps}, missed {missed_messages}, strays {stray_packets}, handed over "
            "{handed_over}, taken over {taken_over}\n");
    }
}

// Without what stands in a port's first line.
Json port_counters(Json port) {
    for (const char* name : {"interface", "packets", "lost"})
        port.erase(name);
    return port;
}

void ports_text(std::string& text, const Json& source) {
    for (const Json& port : source.value("ports", Json::array())) {
        const Values values{port};
        std::string lines;
        for (const Json& line : port["lines"])
            lines += (lines.empty() ? "" : ", ") + Values{line}.in("{line}{feed}");
        text += values.in("port {interface}: lines ") + lines + values.in(": {packets} packets, ");
        text += port["lost"].is_null() ? "there at the end" : values.in("LOST: {lost}");
        text += '\n';
        counters_text(text, values.in("drops of {interface}"), port["drops"], true);
        counters_text(text, values.in("source {interface}"), port_counters(port));
        if (port.contains("igmp")) counters_text(text, values.in("igmp {interface}"), port["igmp"]);
    }
}

std::string level_text(const Json& level) {
    return level.is_null() ? "-" : Values{level}.in("{price:.4f} x {shares}");
}

void top_text(std::string& text, const Json& top) {
    if (top.empty()) return;
    text += "symbol   feed  messages   bid                    ask                   \n";
    for (const Json& symbol : top) {
        Values values{symbol};
        values.add("bid", level_text(symbol["bid"]));
        values.add("ask", level_text(symbol["ask"]));
        text += values.in("{stock:<8} {feed:>4} {messages:>9}   {bid:<22} {ask:<22}\n");
    }
}

}  // namespace

std::string to_text(const Json& summary) {
    const Json& feeds = summary["feeds"];
    std::string text = Values{{{"program", summary["program"]},
                               {"mode", summary["mode"]},
                               {"interface", summary["interface"]},
                               {"ended_by", summary["ended_by"]}}}
                           .in("{program} ({mode}) on {interface}: ended by {ended_by}\n");
    text +=
        "feed  group                  session       packets   messages   gaps   missed    dup   "
        "late  stray  book digest     \n";
    for (const Json& feed : feeds) {
        text += Values{feed}.in(
            "{feed:>4}  {group:<22} {session:<10} {packets:>10} {messages:>10} {gaps:>6} "
            "{missed_messages:>8} {duplicate_packets:>6} {late_packets:>6} {stray_packets:>6}  "
            "{book_digest:<16}\n");
    }
    for (const Json& feed : feeds) {
        const Values values{feed};
        ordered_text(text, feed, values);
        freshness_text(text, feed, values);
        trouble_text(text, feed, values);
    }
    missing_text(text, summary["totals"]["missing"]);
    for (const Json& feed : feeds) {
        Json counters = feed["book"];
        counters.erase("digest");
        counters_text(text, "book " + feed["feed"].dump(), counters);
    }
    counters_text(text, "drops", summary["drops"], true);
    const Json& source = summary["source"];
    counters_text(text, "source", source);
    if (source.contains("igmp")) counters_text(text, "igmp", source["igmp"]);
    queues_text(text, source);
    ports_text(text, source);
    if (summary.contains("latency_ns")) {
        text += Values{{{"latency_ns", summary["latency_ns"]}}}.in(
            "latency from stamp to book, us: p50 {latency_us_p50:.2f}, p90 {latency_us_p90:.2f}, "
            "p99 {latency_us_p99:.2f}, p99.9 {latency_us_p999:.2f}, max {latency_us_max:.2f}, mean "
            "{latency_us_mean:.2f}, stddev {latency_us_stddev:.2f} ({latency_ns_count} packets, "
            "{latency_ns_negative} negative)\n");
    }
    if (summary.contains("respond")) counters_text(text, "respond", summary["respond"], true);
    top_text(text, summary["top_of_book"]);
    text += Values{summary["usage"]}.in(
        "cpu: user {user_s:.3f} s, system {system_s:.3f} s, switches {voluntary_switches} "
        "voluntary, {involuntary_switches} involuntary\n");
    return text + "digest: " + summary["totals"]["digest"].get<std::string>() + '\n';
}

}  // namespace rxlab::rx
