// SPDX-License-Identifier: MIT
#include "recovery_policy.hpp"

#include <rxlab/latency/to_json.hpp>
#include <rxlab/program/to_json.hpp>
#include <rxlab/recovery/recovery.hpp>
#include <rxlab/rx/summary.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

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
        json["lead_ns"] = latency::histogram_json(own.lead_ns);
        lines.push_back(json);
    }
    return lines;
}

}  // namespace

std::unique_ptr<rx::Policy> make_policy(const rx::Options& options) {
    if (!options.ordered()) return nullptr;
    return std::make_unique<Recovery>(options);
}

Recovery::Recovery(const rx::Options& options, const AgentTimes& times) : options_{options} {
    if (!options.recover_servers.empty() || !options.snapshot_servers.empty())
        agent_ = std::make_unique<Agent>(options, times);
}

void Recovery::attach(rx::Pipeline& pipeline) {
    pipeline_ = &pipeline;
    for (std::size_t i = 0; i < options_.groups.size(); ++i)
        feeds_.emplace_back(options_, pipeline, i, earliest_ns_);
}

bool Recovery::turn() noexcept {
    bool worked = earliest_ns_ != kNever && do_what_is_due();
    if (!agent_) return worked;
    for (std::size_t i = 0; i < rx::kBatchPackets; ++i) {  // packets must not wait for long
        const Answer* const answer = agent_->answer();
        if (answer == nullptr) break;
        take_answer(*answer, pipeline_->clock().now());
        agent_->release();
        worked = true;
    }
    if (agent_->has_snapshots() && --turns_ == 0)
        ask_where_in_doubt(pipeline_->to_ns(pipeline_->clock().now()));
    return worked;
}

// Before answers are taken: one to an earlier wish is then known as such.
bool Recovery::do_what_is_due() noexcept {
    const std::uint64_t now_ns = pipeline_->to_ns(pipeline_->clock().now());
    if (now_ns < earliest_ns_) return false;
    earliest_ns_ = kNever;
    for (FeedRecovery& feed : feeds_) {
        if (feed.due_ns() <= now_ns) feed.poll(now_ns);
        while (const auto request = feed.next_request(now_ns))
            agent_->request(feed.index(), feed.feed().sequencer.session(), *request);
        if (feed.take_snapshot_wish()) want_snapshot(feed, now_ns);
        earliest_ns_ = std::min(earliest_ns_, feed.due_ns());
    }
    return true;
}

void Recovery::take_answer(const Answer& answer, latency::Ticks now) noexcept {
    const std::uint64_t now_ns = pipeline_->to_ns(now);
    FeedRecovery& own = feeds_[answer.feed];
    if (answer.kind == Answer::Kind::packet) {
        if (answer.payload().size() >= sizeof(wire::mold::Header))
            return own.take_answer(answer.payload(), now_ns, now);
        ++own.feed().malformed_packets;
        return;
    }
    if (!agent_->is_current(answer)) return;  // the spare is being filled
    const bool was_asked = std::exchange(own.question.is_open, false);
    if (answer.kind == Answer::Kind::snapshot)
        return was_asked ? settle(own, answer, now_ns) : take_snapshot(own, answer, now_ns);
    if (!was_asked) go_on_without_snapshot(own, now_ns);
}

void Recovery::take_snapshot(FeedRecovery& own, const Answer& answer,
                             std::uint64_t now_ns) noexcept {
    if (own.snapshot_fits(answer.session, answer.sequence)) return join(own, answer, now_ns);
    ++own.snapshot.refused;
    if (!own.awaits_snapshot()) return;
    if (++own.snapshot.refused_in_a_row < kRefusalsMax) return want_snapshot(own, now_ns);
    go_on_without_snapshot(own, now_ns);
}

void Recovery::join(FeedRecovery& own, const Answer& answer, std::uint64_t now_ns) noexcept {
    SnapshotReport& report = own.snapshot;
    book::Book& book = own.feed().book;
    std::swap(book, agent_->spare_book(own.index()));
    ++report.taken;
    report.refused_in_a_row = 0;
    report.sequence = answer.sequence;
    report.messages = answer.messages;
    report.orders = book.orders();
    report.load_ns = answer.load_ns;
    report.held_packets = own.held();
    own.join_snapshot(answer.sequence, now_ns);
}

void Recovery::settle(FeedRecovery& own, const Answer& answer, std::uint64_t now_ns) noexcept {
    rx::Feed& feed = own.feed();
    rx::Newcomers& newcomers = feed.newcomers;
    const bool is_own = answer.session == feed.sequencer.session();
    const bool is_behind = answer.sequence < feed.sequencer.highest();
    // Replayed, or begun anew and further already: the server's book is right from there on.
    if (is_own && newcomers.began_again() && !is_behind) {
        own.await_snapshot();
        take_snapshot(own, answer, now_ns);
        return pipeline_->release(feed, now_ns);
    }
    const bool is_for_newcomer = newcomers.has_candidate() &&
                                 answer.session == newcomers.candidate().session &&
                                 (!is_own || is_behind);
    if (!is_for_newcomer) {
        if (is_own) newcomers.deny();
        return;
    }
    pipeline_->go_over(feed, now_ns);
    if (own.snapshot_fits(answer.session, answer.sequence)) return join(own, answer, now_ns);
    want_snapshot(own, now_ns);
}

// The session that the server calls the one that runs is the feed's.
void Recovery::ask_where_in_doubt(std::uint64_t now_ns) noexcept {
    constexpr std::uint64_t kPause_ns = 1'000'000'000;  // doubles each time
    constexpr std::uint64_t kPauseMax_ns = 60'000'000'000;
    turns_ = kTurnsBetweenDoubts;
    for (FeedRecovery& own : feeds_) {
        const rx::Doubt doubt = own.feed().newcomers.doubt(own.feed().sequencer);
        const bool is_in_doubt =
            doubt == rx::Doubt::another_session || doubt == rx::Doubt::began_again;
        Question& question = own.question;
        if (!is_in_doubt) question.pause_ns = 0;
        if (!is_in_doubt || question.is_open || own.awaits_snapshot()) continue;
        if (now_ns < question.asked_ns + question.pause_ns) continue;
        question.asked_ns = now_ns;
        question.pause_ns = std::clamp(question.pause_ns * 2, kPause_ns, kPauseMax_ns);
        question.is_open = agent_->want_snapshot(own.index(), {});
    }
}

void Recovery::want_snapshot(FeedRecovery& own, std::uint64_t now_ns) noexcept {
    static_cast<void>(own.take_snapshot_wish());
    own.question.is_open = false;
    if (!agent_->want_snapshot(own.index(), own.feed().sequencer.session()))
        go_on_without_snapshot(own, now_ns);
}

void Recovery::go_on_without_snapshot(FeedRecovery& own, std::uint64_t now_ns) noexcept {
    ++own.snapshot.given_up;
    own.snapshot.refused_in_a_row = 0;
    own.snapshot_failed(now_ns);
}

void Recovery::finish(std::uint64_t now_ns) noexcept {
    if (agent_) agent_->stop();
    for (FeedRecovery& own : feeds_) {
        own.finish(now_ns);
        if (agent_ && agent_->has_snapshots())
            own.snapshot.failure = agent_->snapshot_failure(own.index());
    }
}

// What a summary says where messages were put in order: the ledger, the lines, the gaps, snapshots.
void Recovery::report(Json& json, std::size_t index) const {
    const FeedRecovery& feed = feeds_[index];
    const rx::SequenceCounters counters = feed.feed().sequencer.counters();
    Json ledger = feed.ledger();
    ledger["duplicates"] = counters.duplicate_messages + feed.ledger().duplicates;
    ledger["late"] = counters.late_messages;
    ledger["closes"] = feed.ledger().closes();
    json["ledger"] = ledger;
    json["consistent_after_ns"] =
        feed.consistent_ns() ? Json(*feed.consistent_ns()) : Json(nullptr);
    if (feed.lines()) json["lines"] = lines_json(options_, index, feed);
    Json order = feed.counters();
    order.update(Json(feed.missing_counters()));
    order["reorder_ns"] = latency::histogram_json(feed.reorder_ns());
    order["gap_ns"] = latency::histogram_json(feed.gap_ns());
    json["order"] = order;
    if (options_.snapshot_servers.empty()) return;
    Json snapshot = feed.snapshot;
    snapshot["server"] = wire::to_string(rx::server_of(options_.snapshot_servers, index));
    if (!feed.snapshot.failure.empty()) snapshot["failure"] = feed.snapshot.failure;
    json["snapshot"] = snapshot;
}

// Several queues have an agent each: their counters are added up.
void Recovery::report(Json& json) const {
    if (!agent_) return;
    const AgentCounters& counters = agent_->counters();
    rx::add_up(json["recovery_agent"], {{"send_errors", counters.send_errors.load()},
                                        {"tasks_dropped", counters.tasks_dropped.load()},
                                        {"answers_dropped", counters.answers_dropped.load()},
                                        {"too_long_answers", counters.too_long.load()},
                                        {"snapshot_attempts", counters.snapshot_attempts.load()},
                                        {"snapshot_failures", counters.snapshot_failures.load()}});
}

}  // namespace rxlab::recovery
