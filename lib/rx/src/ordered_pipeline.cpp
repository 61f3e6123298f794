// SPDX-License-Identifier: MIT
#include <rxlab/rx/ordered_pipeline.hpp>

#include <algorithm>
#include <utility>

namespace rxlab::rx {

OrderedPipeline::OrderedPipeline(const Options& options, latency::Clock clock,
                                 latency::TraceWriter* trace, const AgentTimes& times)
    : pipeline_{options, clock, trace} {
    for (std::size_t i = 0; i < options.groups.size(); ++i)
        feeds_.push_back(std::make_unique<OrderedFeed>(options, i, pipeline_));
    if (!options.recover_servers.empty() || !options.snapshot_servers.empty()) {
        agent_ = std::make_unique<RecoveryAgent>(options, times);
    }
}

void OrderedPipeline::begin(double ticks_per_ns, std::span<const unsigned> receiver_cpus) {
    ns_per_tick_ = 1.0 / ticks_per_ns;
    begin_ = clock().now();
    if (agent_) agent_->start(receiver_cpus);
}

// Stamps are taken before begin() only where time stands still.
std::uint64_t OrderedPipeline::to_ns(latency::Ticks ticks) const noexcept {
    return ticks <= begin_
               ? 0
               : static_cast<std::uint64_t>(static_cast<double>(ticks - begin_) * ns_per_tick_);
}

void OrderedPipeline::process(const PacketView& packet, latency::Ticks t_rx) noexcept {
    const LineId id = packet.id;
    OrderedFeed& feed = *feeds_[id.feed];
    // A packet that is cut short must not count as received: its messages can be had elsewhere.
    if (!wire::mold::is_complete(packet.payload)) [[unlikely]] {
        ++pipeline_.feed(id.feed).malformed_packets;
        return;
    }
    const auto& header = wire::overlay<wire::mold::Header>(packet.payload);
    if (!feed.channel.in_order(header)) [[unlikely]] {
        process_other(feed, id.line, packet, t_rx);
        return;
    }
    pipeline_.process(packet, t_rx);
    if (feed.has_two_lines()) {
        feed.note_line(id.line, header, feed::Taken::delivered, to_ns(t_rx));
    }
}

void OrderedPipeline::process_other(OrderedFeed& feed, std::uint8_t line, const PacketView& view,
                                    latency::Ticks t_rx) noexcept {
    if (begin_ == 0) [[unlikely]]
        begin_ = t_rx;  // a capture's time begins with its first packet, which is never in order
    const std::uint64_t now_ns = to_ns(t_rx);
    const feed::Taken taken =
        feed.channel.take(view.payload, {feed::Origin::line, now_ns, t_rx}, feed);
    // The pipeline tells duplicates from packets that are too late, and traces both.
    if (taken == feed::Taken::old) pipeline_.process(view, t_rx);
    if (feed.has_two_lines()) {
        feed.note_line(line, wire::overlay<wire::mold::Header>(view.payload), taken, now_ns);
        if (taken == feed::Taken::old) return;  // line B in ordinary times
    }
    after_change(feed, now_ns);
}

bool OrderedPipeline::turn() noexcept {
    bool worked = false;
    if (agent_) {
        for (std::size_t i = 0; i < kBatchPackets; ++i) {  // packets must not wait for long
            const RecoveryAnswer* const answer = agent_->answer();
            if (answer == nullptr) break;
            take_answer(*answer, clock().now());
            agent_->release();
            worked = true;
        }
    }
    if (due_ns_ == feed::kNever) [[likely]]
        return worked;
    const std::uint64_t now_ns = to_ns(clock().now());
    if (now_ns < due_ns_) return worked;
    for (const auto& feed : feeds_) {
        if (feed->channel.due_ns() > now_ns) continue;
        feed->channel.poll(now_ns, *feed);
        after_change(*feed, now_ns);
    }
    return true;
}

void OrderedPipeline::take_answer(const RecoveryAnswer& answer, latency::Ticks now) noexcept {
    OrderedFeed& feed = *feeds_[answer.feed];
    const std::uint64_t now_ns = to_ns(now);
    switch (answer.kind) {
        case RecoveryAnswer::Kind::packet:
            if (wire::mold::is_complete(answer.payload())) {
                feed.channel.take(answer.payload(), {feed::Origin::answer, now_ns, now}, feed);
            } else {
                ++pipeline_.feed(answer.feed).malformed_packets;
            }
            break;
        case RecoveryAnswer::Kind::snapshot:
            take_snapshot(feed, answer, now_ns);
            break;
        case RecoveryAnswer::Kind::no_snapshot:
            if (!agent_->is_current(answer)) break;
            go_on_without_snapshot(feed, now_ns);
            break;
    }
    after_change(feed, now_ns);
}

void OrderedPipeline::take_snapshot(OrderedFeed& feed, const RecoveryAnswer& answer,
                                    std::uint64_t now_ns) noexcept {
    if (!agent_->is_current(answer))
        return;  // of a session that is over; the spare is being filled
    if (!feed.channel.snapshot_fits(answer.session, answer.sequence)) {
        ++feed.snapshot.refused;
        if (!feed.channel.awaits_snapshot()) return;
        if (++feed.snapshot.refused_in_a_row < kRefusalsMax) return want_snapshot(feed, now_ns);
        return go_on_without_snapshot(feed, now_ns);
    }
    feed.snapshot.refused_in_a_row = 0;
    FeedState& state = pipeline_.feed(answer.feed);
    std::swap(state.book, agent_->spare_book(answer.feed));
    ++feed.snapshot.taken;
    feed.snapshot.sequence = answer.sequence;
    feed.snapshot.messages = answer.messages;
    feed.snapshot.orders = state.book.orders();
    feed.snapshot.load_ns = answer.load_ns;
    feed.snapshot.held_packets = feed.channel.held();
    feed.channel.join_snapshot(answer.sequence, now_ns, feed);
}

void OrderedPipeline::want_snapshot(OrderedFeed& feed, std::uint64_t now_ns) noexcept {
    if (agent_->want_snapshot(feed.index(), feed.channel.session())) return;
    go_on_without_snapshot(feed, now_ns);
}

void OrderedPipeline::go_on_without_snapshot(OrderedFeed& feed, std::uint64_t now_ns) noexcept {
    ++feed.snapshot.given_up;
    feed.snapshot.refused_in_a_row = 0;
    feed.channel.snapshot_failed(now_ns, feed);
}

void OrderedPipeline::after_change(OrderedFeed& feed, std::uint64_t now_ns) noexcept {
    if (agent_) {
        while (const auto request = feed.channel.next_request(now_ns))
            agent_->request(feed.index(), feed.channel.session(), *request);
        if (feed.channel.take_snapshot_wish()) want_snapshot(feed, now_ns);
    }
    feed.note_change(now_ns);
    pipeline_.feed(feed.index()).stray_packets = feed.channel.strays().packets();
    due_ns_ = feed::kNever;
    for (const auto& each : feeds_)
        due_ns_ = std::min(due_ns_, each->channel.due_ns());
}

void OrderedPipeline::finish() noexcept {
    if (agent_) agent_->stop();
    const std::uint64_t now_ns = to_ns(clock().now());
    for (const auto& feed : feeds_) {
        feed->channel.finish(now_ns, *feed);
        feed->note_change(now_ns);
        if (agent_ != nullptr && agent_->has_snapshots()) {
            feed->snapshot.failure = agent_->snapshot_failure(feed->index());
        }
    }
}

}  // namespace rxlab::rx
