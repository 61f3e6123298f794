// SPDX-License-Identifier: MIT
#include "summary_ordered.hpp"

#include <rxlab/book/digest.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/itch.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace rxlab::rx {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const latency::Calibration& calibration, latency::Clock clock) {
    return {{"source", latency::to_string(clock.source())},
            {"start_ticks_per_ns", calibration.start_ticks_per_ns()},
            {"end_ticks_per_ns", calibration.end_ticks_per_ns()},
            {"run_ticks_per_ns", calibration.run_ticks_per_ns()},
            {"drift_ppm", calibration.drift_ppm()}};
}

std::string digest_text(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

Json book_json(const FeedState& state) {
    const book::BookCounters& counters = state.book.counters();
    Json json = {{"digest", digest_text(state.book.digest())},
                 {"orders", state.book.orders()},
                 {"levels", state.book.levels()},
                 {"emptied", state.emptied},
                 {"emptied_orders", state.emptied_orders}};
    for (const book::NamedCounter& counter : book::kBookCounters) {
        json[std::string{counter.name}] = counters.*counter.value;
    }
    return json;
}

Json to_json(const FeedState& state, std::size_t index, const wire::Ipv4Endpoint& group) {
    const feed::ChannelCounters& counters = state.channel.counters();
    Json json = {{"feed", index},
                 {"group", wire::to_string(group)},
                 {"session", session_text(state.channel.session())},
                 {"packets", counters.packets},
                 {"bytes", state.bytes},
                 {"messages", counters.messages},
                 {"heartbeats", counters.heartbeats},
                 {"ended", state.channel.ended()},
                 {"gaps", counters.gaps},
                 {"missed_messages", counters.missed_messages},
                 {"duplicate_packets", counters.duplicate_packets},
                 {"late_packets", counters.late_packets},
                 {"session_changes", counters.session_changes},
                 {"stray_packets", state.stray_packets},
                 {"malformed_packets", state.malformed_packets}};
    json["book"] = book_json(state);
    return json;
}

Json totals_of(const Json& feeds, std::span<const FeedState* const> states) {
    Json totals;
    for (const char* name :
         {"packets", "bytes", "messages", "gaps", "missed_messages", "duplicate_packets",
          "late_packets", "stray_packets", "malformed_packets"}) {
        std::uint64_t sum = 0;
        for (const Json& feed : feeds)
            sum += feed[name].get<std::uint64_t>();
        totals[name] = sum;
    }
    std::vector<std::uint64_t> digests;
    for (const FeedState* state : states)
        digests.push_back(state->book.digest());
    totals["digest"] = digest_text(book::combine_digests(digests));
    return totals;
}

Json to_json(const StampedLatency& stamped) {
    const latency::Histogram& histogram = stamped.histogram;
    return {{"p50", histogram.value_at_percentile(50)},
            {"p90", histogram.value_at_percentile(90)},
            {"p99", histogram.value_at_percentile(99)},
            {"p999", histogram.value_at_percentile(99.9)},
            {"max", histogram.max()},
            {"mean", histogram.mean()},
            {"stddev", histogram.stddev()},
            {"count", histogram.count()},
            {"negative", stamped.negative}};
}

Json to_json(const std::optional<book::Level>& level) {
    if (!level) return nullptr;
    return {{"price", static_cast<double>(level->price) / wire::itch::kPriceScale},
            {"shares", level->shares}};
}

// The busiest symbols over all feeds.
Json top_of_book(std::span<const FeedState* const> states, std::size_t count) {
    struct Busy {
        std::size_t feed;
        book::SymbolActivity symbol;
    };
    std::vector<Busy> busy;
    for (std::size_t feed = 0; feed < states.size(); ++feed) {
        for (const book::SymbolActivity& symbol : states[feed]->book.busiest(count)) {
            busy.push_back({feed, symbol});
        }
    }
    std::stable_sort(busy.begin(), busy.end(), [](const Busy& a, const Busy& b) {
        return a.symbol.messages > b.symbol.messages;
    });
    if (busy.size() > count) busy.resize(count);
    Json list = Json::array();
    for (const auto& [feed, symbol] : busy) {
        const book::TopOfBook top = states[feed]->book.top(symbol.locate);
        list.push_back({{"feed", feed},
                        {"locate", symbol.locate},
                        {"stock", symbol.stock},
                        {"messages", symbol.messages},
                        {"bid", to_json(top.bid)},
                        {"ask", to_json(top.ask)}});
    }
    return list;
}

Json to_json(const latency::GapLog& log) {
    Json list = Json::array();
    for (const latency::Gap& gap : log.gaps())
        list.push_back({gap.from, gap.to, gap.switches, gap.packets});
    return {{"threshold_us", log.threshold_us()},
            {"overflow", log.overflow()},
            {"list", std::move(list)}};
}

}  // namespace

std::string session_text(const wire::mold::Session& session) {
    std::string text{session.view()};
    for (char& c : text) {
        if (c != '\0' && (c < ' ' || c > '~')) c = '?';
    }
    return text.starts_with('\0') ? std::string{} : text;
}

std::string_view to_string(EndedBy reason) noexcept {
    switch (reason) {
        case EndedBy::end_of_session:
            return "end-of-session";
        case EndedBy::messages:
            return "messages";
        case EndedBy::signal:
            return "signal";
        case EndedBy::source_lost:
            return "source-lost";
        case EndedBy::end_of_capture:
            return "end-of-capture";
    }
    return "unknown";
}

Json make_summary(const Options& options, const RunFacts& facts, const Pipeline& pipeline,
                  const latency::TraceWriter* trace) {
    Received received{{}, pipeline.clock(), pipeline.stamped(), trace, {}, {}};
    for (const FeedState& state : pipeline.feeds())
        received.feeds.push_back(&state);
    return make_summary(options, facts, received);
}

Json make_summary(const Options& options, const RunFacts& facts, const OrderedPipeline& pipeline,
                  const latency::TraceWriter* trace) {
    const Pipeline& inner = pipeline.inner();
    Received received{{}, inner.clock(), inner.stamped(), trace, {}, {}};
    for (const FeedState& state : inner.feeds())
        received.feeds.push_back(&state);
    for (const auto& feed : pipeline.ordered())
        received.ordered.push_back(feed.get());
    if (pipeline.agent() != nullptr) received.agents.push_back(pipeline.agent());
    return make_summary(options, facts, received);
}

Json make_summary(const Options& options, const RunFacts& facts, const Received& received) {
    const latency::TraceWriter* const trace = received.trace;
    Json json = {{"schema", "rxlab.rx/1"},
                 {"program", facts.identity.program},
                 {"mode", facts.identity.mode},
                 {"interface", facts.identity.interface},
                 {"cpu", nullptr},
                 {"ended_by", to_string(facts.ended_by)},
                 {"clock", to_json(facts.calibration, received.clock)}};
    if (options.cpu) json["cpu"] = *options.cpu;
    Json feeds = Json::array();
    for (std::size_t i = 0; i < options.groups.size(); ++i) {
        feeds.push_back(to_json(*received.feeds[i], i, options.groups[i]));
        if (!received.ordered.empty()) {
            add_ordered(feeds.back(), options, *received.ordered[i], *received.feeds[i]);
        }
    }
    json["totals"] = totals_of(feeds, received.feeds);
    if (!received.ordered.empty()) add_ordered_totals(json["totals"], feeds);
    if (!received.agents.empty()) json["recovery_agent"] = to_json(received.agents);
    json["feeds"] = std::move(feeds);
    json["drops"] = facts.source.drops;
    json["source"] = facts.source.counters;
    if (facts.gaps != nullptr) json["gaps"] = to_json(*facts.gaps);
    if (trace != nullptr) {
        json["trace"] = {{"file", options.trace_path},
                         {"records", trace->header().count},
                         {"overflow", trace->header().overflow}};
    }
    if (received.stamped) json["latency_ns"] = to_json(*received.stamped);
    json["top_of_book"] = top_of_book(received.feeds, options.top);
    if (!received.ordered.empty()) mark_stale(json["top_of_book"], json["feeds"]);
    json["usage"] = program::to_json(facts.usage);
    return json;
}

}  // namespace rxlab::rx
