// SPDX-License-Identifier: MIT
#include <rxlab/book/digest.hpp>
#include <rxlab/latency/to_json.hpp>
#include <rxlab/program/libraries.hpp>
#include <rxlab/program/to_json.hpp>
#include <rxlab/rx/summary.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/itch.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace rxlab::rx {

RXLAB_TO_JSON(SequenceCounters, packets, messages, heartbeats, gaps, missed_messages,
              duplicate_packets, late_packets, overlap_packets, session_changes, gaps_forgotten);
RXLAB_TO_JSON(Feed, bytes, restarts, malformed_packets, cut_short_packets, cut_short_messages,
              left_over_packets);
RXLAB_TO_JSON(Silence, times, longest_ns);
RXLAB_TO_JSON(ResponderCounters, orders, not_sent, over_limit, not_current);

namespace {

using Json = nlohmann::ordered_json;

std::string digest_text(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

Json book_json(const Feed& state) {
    const book::BookCounters& counters = state.book.counters();
    Json json = {{"digest", digest_text(state.book.digest())},
                 {"orders", state.book.orders()},
                 {"levels", state.book.levels()},
                 {"emptied", state.emptied},
                 {"emptied_orders", state.emptied_orders}};
    for (const book::NamedCounter& counter : book::kBookCounters)
        json[std::string{counter.name}] = counters.*counter.value;
    return json;
}

std::string address_text(std::uint32_t address) {
    return address == 0 ? std::string{} : wire::ipv4_to_string(address);
}

// Who publishes the lines, and who else speaks to their groups.
Json publishers_json(const Feed& state, std::size_t lines) {
    Json json = {{"lines", Json::array()}, {"changes", state.source_changes}};
    for (std::uint8_t line = 0; line < lines; ++line)
        json["lines"].push_back(address_text(state.sequencer.source(line)));
    json["others"] = Json::array();
    for (const Publisher& other : state.newcomers.publishers()) {
        json["others"].push_back({{"address", address_text(other.address)},
                                  {"session", wire::mold::printable(other.session)},
                                  {"packets", other.packets}});
    }
    return json;
}

// To whom the feed would go over.
Json newcomer_json(const Newcomers& newcomers) {
    const Newcomers::Stream& candidate = newcomers.candidate();
    return {{"session", wire::mold::printable(candidate.session)},
            {"address", address_text(candidate.sources[candidate.sources[0] != 0 ? 0 : 1])},
            {"first_sequence", newcomers.begin()},
            {"next_sequence", candidate.end},
            {"packets", candidate.packets},
            {"held_packets", newcomers.held()}};
}

Json to_json(const Pipeline& pipeline, std::size_t at, std::size_t index, const Options& options) {
    const Feed& state = pipeline.feeds()[at];
    Json json = {{"feed", index},
                 {"group", wire::to_string(options.groups[index])},
                 {"session", wire::mold::printable(state.sequencer.session())}};
    json.update(Json(state.sequencer.counters()));
    json.update(Json(state));
    const NewcomerCounters& strays = state.newcomers.counters();
    json["headless_packets"] =
        state.malformed_packets - state.cut_short_packets - state.left_over_packets;
    json["stray_packets"] = strays.packets();
    json["old_session_packets"] = strays.old_sessions;
    json["unheld_packets"] = strays.without_room;
    json["ended"] = state.sequencer.started() && state.sequencer.ended();
    json["joined_at"] = state.sequencer.joined();
    json["freshness"] = to_string(pipeline.freshness(at));
    const Doubt doubt = pipeline.doubt(at);
    json["doubt"] = doubt == Doubt::none ? Json(nullptr) : Json(to_string(doubt));
    json["silences"] = state.silence;
    if (!options.line_b.empty()) json["silences"]["lines"] = state.line_silence;
    json["publishers"] = publishers_json(state, options.line_b.empty() ? 1 : kLines);
    if (state.newcomers.is_candidate_serious(state.sequencer))
        json["newcomer"] = newcomer_json(state.newcomers);
    if (pipeline.policy() != nullptr) pipeline.policy()->report(json, at);
    json["book"] = book_json(state);
    return json;
}

std::uint64_t sum_of(const Json& feeds, const std::string& name) {
    std::uint64_t sum = 0;
    for (const Json& feed : feeds)
        sum += feed[name].get<std::uint64_t>();
    return sum;
}

// Drops are packets, and so are explained by the mean number of messages in one. rx_nombuf counts
// attempts, not packets.
std::uint64_t dropped_packets(const Json& drops) {
    std::uint64_t packets = 0;
    for (const auto& [name, value] : drops.items())
        if (value.is_number_integer() && name != "rx_nombuf") packets += value.get<std::uint64_t>();
    return packets;
}

// What is in no book, by why: in packets that came, but cut (by their sender, or on their way to
// the source), in those that the source dropped as far as anybody counts them, and the rest.
Json missing_json(const Json& feeds, const Json& totals, const SourceReport& source) {
    const std::uint64_t missing = totals["missed_messages"].get<std::uint64_t>();
    const std::uint64_t packets = totals["packets"].get<std::uint64_t>();
    const double per_packet =
        packets == 0 ? 1 : totals["messages"].get<double>() / static_cast<double>(packets);
    const auto messages_of = [&](std::uint64_t lost_packets) {
        return static_cast<std::uint64_t>(
            std::llround(static_cast<double>(lost_packets) * per_packet));
    };
    const std::uint64_t cut =
        std::min(missing, sum_of(feeds, "cut_short_messages") + source.cut_messages +
                              messages_of(source.cut_packets));
    const std::uint64_t dropped =
        std::min(missing - cut, messages_of(dropped_packets(source.drops)));
    Json json = {{"messages", missing}, {"by_cut_packets", cut}};
    if (!source.counters.contains("drops_not_counted")) json["by_drops"] = dropped;
    json["unexplained"] = missing - cut - dropped;
    return json;
}

Json respond_json(const Options& options, const Responder& responder) {
    Json json = {{"to", wire::to_string(*options.respond)}, {"when", Json::array()}};
    for (const order::Trigger& trigger : options.respond_when)
        json["when"].push_back(order::to_string(trigger));
    json.update(Json(responder.counters()));
    return json;
}

Json ledgers_json(const Json& feeds) {
    Json sum;
    bool closes = true;
    for (const Json& feed : feeds) {
        add_up(sum, feed["ledger"]);
        closes = closes && feed["ledger"]["closes"].get<bool>();
    }
    sum["closes"] = closes;
    return sum;
}

Json totals_of(const Json& feeds, std::span<const Feed* const> states, const SourceReport& source) {
    Json totals;
    for (const char* name :
         {"packets", "bytes", "messages", "gaps", "missed_messages", "duplicate_packets",
          "late_packets", "stray_packets", "malformed_packets", "cut_short_packets"}) {
        totals[name] = sum_of(feeds, name);
    }
    std::vector<std::uint64_t> digests;
    for (const Feed* state : states)
        digests.push_back(state->book.digest());
    totals["digest"] = digest_text(book::combine_digests(digests));
    totals["missing"] = missing_json(feeds, totals, source);
    if (!feeds.empty() && feeds.front().contains("ledger")) totals["ledger"] = ledgers_json(feeds);
    return totals;
}

Json to_json(const std::optional<book::Level>& level) {
    if (!level) return nullptr;
    return {{"price", static_cast<double>(level->price) / wire::itch::kPriceScale},
            {"shares", level->shares}};
}

// The busiest symbols over all feeds.
Json top_of_book(const Json& feeds, std::span<const Feed* const> states, std::size_t count) {
    std::vector<std::pair<std::size_t, book::SymbolActivity>> busy;
    for (std::size_t feed = 0; feed < states.size(); ++feed)
        for (const book::SymbolActivity& symbol : states[feed]->book.busiest(count))
            busy.emplace_back(feed, symbol);
    std::ranges::stable_sort(busy, std::greater{},
                             [](const auto& each) { return each.second.messages; });
    if (busy.size() > count) busy.resize(count);
    Json list = Json::array();
    for (const auto& [feed, symbol] : busy) {
        const book::TopOfBook top = states[feed]->book.top(symbol.locate);
        list.push_back({{"feed", feed},
                        {"locate", symbol.locate},
                        {"stock", symbol.stock},
                        {"messages", symbol.messages},
                        {"bid", to_json(top.bid)},
                        {"ask", to_json(top.ask)},
                        // any message may be about any symbol
                        {"stale", feeds[feed]["freshness"] != "current"}});
    }
    return list;
}

}  // namespace

void add_up(Json& sum, const Json& part) {
    for (const auto& [name, value] : part.items()) {
        if (!value.is_number()) continue;
        const std::uint64_t before = sum.contains(name) ? sum[name].get<std::uint64_t>() : 0;
        sum[name] = before + value.get<std::uint64_t>();
    }
}

std::string_view to_string(EndedBy reason) noexcept {
    constexpr std::array<std::string_view, 5> kNames{"end-of-session", "messages", "signal",
                                                     "source-lost", "end-of-capture"};
    return kNames[static_cast<std::size_t>(reason)];
}

Json make_summary(const Options& options, const RunFacts& facts, const Received& received) {
    Json json = {
        {"schema", "rxlab.rx/1"},
        {"program", facts.identity.program},
        {"mode", facts.identity.mode},
        {"interface", facts.identity.interface},
        {"cpu", options.cpu ? Json(*options.cpu) : Json(nullptr)},
        {"ended_by", to_string(facts.ended_by)},
        {"clock", latency::clock_json(received.pipelines.front()->clock(), facts.calibration)}};
    std::vector<Json> feeds(options.groups.size());
    std::vector<const Feed*> states(options.groups.size());
    std::optional<StampedLatency> stamped;
    for (std::size_t p = 0; p < received.pipelines.size(); ++p) {
        const Pipeline& pipeline = *received.pipelines[p];
        for (std::size_t at = 0; at < pipeline.feeds().size(); ++at) {
            const std::size_t index = received.feeds.empty() ? at : received.feeds[p][at];
            feeds[index] = to_json(pipeline, at, index, options);
            states[index] = &pipeline.feeds()[at];
        }
        if (pipeline.policy() != nullptr) pipeline.policy()->report(json);
        if (pipeline.responder() != nullptr)
            json["respond"] = respond_json(options, *pipeline.responder());
        if (!pipeline.stamped()) continue;
        if (!stamped) stamped.emplace();
        stamped->histogram.merge(pipeline.stamped()->histogram);
        stamped->negative += pipeline.stamped()->negative;
    }
    const Json list(feeds);
    json["totals"] = totals_of(list, states, facts.source);
    json["feeds"] = list;
    json["drops"] = facts.source.drops;
    json["source"] = facts.source.counters;
    if (facts.stalls != nullptr) json["stalls"] = latency::stalls_json(*facts.stalls);
    if (received.trace != nullptr)
        json["trace"] = latency::trace_json(options.trace_path, *received.trace);
    if (stamped) {
        json["latency_ns"] = latency::histogram_json(stamped->histogram);
        json["latency_ns"]["negative"] = stamped->negative;
    }
    json["top_of_book"] = top_of_book(list, states, options.top);
    json["usage"] = facts.usage;
    json["libraries"] = program::loaded_libraries();
    return json;
}

}  // namespace rxlab::rx
