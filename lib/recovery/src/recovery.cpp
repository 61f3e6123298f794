// SPDX-License-Identifier: MIT
#include <rxlab/recovery/recovery.hpp>

#include <algorithm>
#include <utility>

namespace rxlab::recovery {

std::unique_ptr<rx::Policy> make_policy(const rx::Options& options) {
    if (!options.ordered()) return nullptr;
    return std::make_unique<Recovery>(options);
}

Recovery::Recovery(const rx::Options& options, const AgentTimes& times)
    : options_{options}, questions_(options.groups.size()) {
    if (!options.recover_servers.empty() || !options.snapshot_servers.empty())
        agent_ = std::make_unique<Agent>(options, times);
}

void Recovery::attach(rx::Pipeline& pipeline) {
    pipeline_ = &pipeline;
    for (std::size_t i = 0; i < options_.groups.size(); ++i)
        feeds_.push_back(std::make_unique<FeedRecovery>(options_, pipeline, i, earliest_ns_));
}

void Recovery::begin(std::span<const unsigned> receiver_cpus) {
    if (agent_) agent_->start(receiver_cpus);
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
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
        FeedRecovery& feed = *feeds_[i];
        if (feed.due_ns() <= now_ns) feed.poll(now_ns);
        while (const auto request = feed.next_request(now_ns))
            agent_->request(static_cast<std::uint32_t>(i), pipeline_->feed(i).sequencer.session(),
                            *request);
        if (feed.take_snapshot_wish()) want_snapshot(i, now_ns);
        earliest_ns_ = std::min(earliest_ns_, feed.due_ns());
    }
    return true;
}

void Recovery::take_answer(const Answer& answer, latency::Ticks now) noexcept {
    const std::uint64_t now_ns = pipeline_->to_ns(now);
    switch (answer.kind) {
        case Answer::Kind::packet:
            if (answer.payload().size() >= sizeof(wire::mold::Header)) {
                feeds_[answer.feed]->take_answer(answer.payload(), now_ns, now);
            } else {
                ++pipeline_->feed(answer.feed).malformed_packets;
            }
            break;
        case Answer::Kind::snapshot:
            if (!agent_->is_current(answer)) break;  // the spare is being filled
            if (questions_[answer.feed].is_open) {
                settle(answer.feed, answer, now_ns);
            } else {
                take_snapshot(answer.feed, answer, now_ns);
            }
            break;
        case Answer::Kind::no_snapshot:
            if (!agent_->is_current(answer)) break;
            if (!questions_[answer.feed].is_open) go_on_without_snapshot(answer.feed, now_ns);
            questions_[answer.feed].is_open = false;
            break;
    }
}

void Recovery::take_snapshot(std::size_t feed, const Answer& answer,
                             std::uint64_t now_ns) noexcept {
    FeedRecovery& own = *feeds_[feed];
    if (own.snapshot_fits(answer.session, answer.sequence)) return join(feed, answer, now_ns);
    ++own.snapshot.refused;
    if (!own.awaits_snapshot()) return;
    if (++own.snapshot.refused_in_a_row < kRefusalsMax) return want_snapshot(feed, now_ns);
    go_on_without_snapshot(feed, now_ns);
}

void Recovery::join(std::size_t feed, const Answer& answer, std::uint64_t now_ns) noexcept {
    FeedRecovery& own = *feeds_[feed];
    own.snapshot.refused_in_a_row = 0;
    rx::Feed& state = pipeline_->feed(feed);
    std::swap(state.book, agent_->spare_book(static_cast<std::uint32_t>(feed)));
    ++own.snapshot.taken;
    own.snapshot.sequence = answer.sequence;
    own.snapshot.messages = answer.messages;
    own.snapshot.orders = state.book.orders();
    own.snapshot.load_ns = answer.load_ns;
    own.snapshot.held_packets = own.held();
    own.join_snapshot(answer.sequence, now_ns);
}

void Recovery::settle(std::size_t feed, const Answer& answer, std::uint64_t now_ns) noexcept {
    questions_[feed].is_open = false;
    rx::Feed& state = pipeline_->feed(feed);
    rx::Newcomers& newcomers = state.newcomers;
    const bool is_own = answer.session == state.sequencer.session();
    const bool is_behind = answer.sequence < state.sequencer.highest();
    // Replayed, or begun anew and further already: the server's book is right from there on.
    if (is_own && newcomers.began_again() && !is_behind) {
        feeds_[feed]->await_snapshot();
        static_cast<void>(feeds_[feed]->take_snapshot_wish());
        take_snapshot(feed, answer, now_ns);
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
    static_cast<void>(feeds_[feed]->take_snapshot_wish());  // the snapshot is there
    if (feeds_[feed]->snapshot_fits(answer.session, answer.sequence))
        return join(feed, answer, now_ns);
    want_snapshot(feed, now_ns);
}

// The session that the server calls the one that runs is the feed's.
void Recovery::ask_where_in_doubt(std::uint64_t now_ns) noexcept {
    constexpr std::uint64_t kPause_ns = 1'000'000'000;  // doubles each time
    constexpr std::uint64_t kPauseMax_ns = 60'000'000'000;
    turns_ = kTurnsBetweenDoubts;
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
        const rx::Doubt doubt = pipeline_->feed(i).newcomers.doubt(pipeline_->feed(i).sequencer);
        const bool is_in_doubt =
            doubt == rx::Doubt::another_session || doubt == rx::Doubt::began_again;
        Question& question = questions_[i];
        if (!is_in_doubt) question.pause_ns = 0;
        if (!is_in_doubt || question.is_open || feeds_[i]->awaits_snapshot()) continue;
        if (now_ns < question.asked_ns + question.pause_ns) continue;
        question.asked_ns = now_ns;
        question.pause_ns = std::clamp(question.pause_ns * 2, kPause_ns, kPauseMax_ns);
        question.is_open = agent_->want_snapshot(static_cast<std::uint32_t>(i), {});
    }
}

void Recovery::want_snapshot(std::size_t feed, std::uint64_t now_ns) noexcept {
    questions_[feed].is_open = false;
    if (agent_->want_snapshot(static_cast<std::uint32_t>(feed),
                              pipeline_->feed(feed).sequencer.session()))
        return;
    go_on_without_snapshot(feed, now_ns);
}

void Recovery::go_on_without_snapshot(std::size_t feed, std::uint64_t now_ns) noexcept {
    ++feeds_[feed]->snapshot.given_up;
    feeds_[feed]->snapshot.refused_in_a_row = 0;
    feeds_[feed]->snapshot_failed(now_ns);
}

void Recovery::finish(std::uint64_t now_ns) noexcept {
    if (agent_) agent_->stop();
    for (std::size_t i = 0; i < feeds_.size(); ++i) {
        feeds_[i]->finish(now_ns);
        if (agent_ && agent_->has_snapshots())
            feeds_[i]->snapshot.failure = agent_->snapshot_failure(static_cast<std::uint32_t>(i));
    }
}

}  // namespace rxlab::recovery
