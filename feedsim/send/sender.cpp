// SPDX-License-Identifier: MIT
#include "feedsim/send/sender.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace rxlab::feedsim {

using latency::Ticks;
namespace mold = wire::mold;

namespace {

constexpr std::uint64_t kDay_ns = 86'400'000'000'000;

// The order of a heap whose front is due first.
constexpr auto later = [](const auto& a, const auto& b) { return a.due > b.due; };

}  // namespace

Sender::Sender(std::vector<Feed> feeds, const SenderOptions& options, Timeline& timeline,
               latency::TraceWriter* trace, latency::StallLog* stalls, OrderInbox* orders)
    : feeds_{std::move(feeds)},
      options_{options},
      timeline_{timeline},
      trace_{trace},
      stalls_{stalls},
      orders_{orders},
      ticks_per_ns_{timeline.ticks_per_ns()},
      prepare_ticks_{ticks(options.prepare_ns)},
      states_(feeds_.size()),
      counters_(feeds_.size()),
      unprepared_(feeds_.size()) {
    events_.reserve(3 * feeds_.size());  // a data packet, a heartbeat and held packets each
    for (std::size_t i = 0; i < feeds_.size(); ++i)
        counters_[i].next_sequence = feeds_[i].stream->first_sequence();
}

// Computed from the product each time, so that rounding errors do not add up; 2^53 ticks are a
// month.
Ticks Sender::ticks(std::uint64_t ns) const noexcept {
    return static_cast<Ticks>(std::llround(static_cast<double>(ns) * ticks_per_ns_));
}

void Sender::push(const Event& event) noexcept {
    events_.push_back(event);
    std::push_heap(events_.begin(), events_.end(), later);
}

Sender::Event Sender::pop() noexcept {
    std::pop_heap(events_.begin(), events_.end(), later);
    const Event event = events_.back();
    events_.pop_back();
    return event;
}

// [snippet: pacing]
EndedBy Sender::run(Ticks start, const std::atomic<bool>& stop) noexcept {
    bool stopped = false;
    std::size_t sent = 0;  // by the turn before
    begin(start);
    if (stalls_ != nullptr) stalls_->begin(timeline_.now(), ticks_per_ns_);
    while (!events_.empty() && !broken_) {
        const Ticks now = timeline_.now();
        if (stalls_ != nullptr) stalls_->turn(now, sent);
        sent = 0;
        const Ticks due = events_.front().due;
        if (!stopped && !is_cut_short_ && stop.load(std::memory_order_relaxed)) {
            is_cut_short_ = all_ending();
            stopped = !is_cut_short_;
            if (stopped) end_all();
        } else if (now >= due) {
            handle(pop());
            sent = 1;
            is_unsettled_ = true;
        } else if (orders_ != nullptr && orders_->look()) {
            continue;
        } else if (unprepared_count_ > 0 && due - now > prepare_ticks_) {
            prepare_oldest();
        } else if (is_unsettled_ && due - now <= prepare_ticks_) {
            is_unsettled_ = false;
            settle(events_.front());
        } else if (orders_ == nullptr) {
            // Returns at once when `due` is near: this loop spins.
            if (timeline_.rest(now, due) && stalls_ != nullptr) stalls_->resume(timeline_.now());
        }
    }
    if (broken_) return EndedBy::failure;
    return stopped ? EndedBy::signal : EndedBy::done;
}
// [end: pacing]

void Sender::begin(Ticks start) noexcept {
    start_ = start;
    for (std::uint32_t feed = 0; feed < feeds_.size(); ++feed) {
        states_[feed].last_sent = start;
        schedule_data(feed);
        if (options_.heartbeat_s > 0) {
            const auto silence_ns = static_cast<std::uint64_t>(options_.heartbeat_s * 1e9);
            push({start + ticks(silence_ns), feed, Kind::heartbeat});
        }
    }
    while (unprepared_count_ > 0)
        prepare_oldest();
}

void Sender::settle(const Event& next) noexcept {
    const State& state = states_[next.feed];
    const bool is_known = next.kind == Kind::data && state.prepared;
    feeds_[next.feed].transmitter->settle(is_known ? state.packet.payload
                                                   : std::span<const std::byte>{});
}

void Sender::handle(const Event& event) noexcept {
    switch (event.kind) {
        case Kind::data:
            return send_data(event);
        case Kind::heartbeat:
            return send_heartbeat(event);
        case Kind::end_of_session:
            return send_end_of_session(event);
        case Kind::release:
            return send_held(event);
    }
}

void Sender::send_data(const Event& event) noexcept {
    State& state = states_[event.feed];
    while (!state.prepared)  // only when the sender is late
        prepare_oldest();
    if (state.ending) return;
    const FeedPacket packet = state.packet;

    const Ticks t_tx = timeline_.now();
    transmit(event.feed, packet.payload, t_tx);
    if (trace_ != nullptr) {
        trace_->append({packet.sequence, event.due, t_tx, static_cast<std::uint16_t>(event.feed),
                        feeds_[event.feed].transmitter->marks(), packet.messages});
    }
    if (orders_ != nullptr) orders_->note_tick(event.feed, t_tx);
    if (pacing_ns_.count() == 0) first_tx_ = t_tx;
    last_tx_ = t_tx;
    pacing_ns_.record(
        static_cast<std::uint64_t>(static_cast<double>(t_tx - event.due) / ticks_per_ns_));
    FeedCounters& counters = counters_[event.feed];
    ++counters.packets;
    counters.bytes += packet.payload.size();
    counters.messages += packet.messages;
    counters.next_sequence = packet.next_sequence;
    if (feeds_[event.feed].store != nullptr) {
        feeds_[event.feed].store->publish(counters.next_sequence);
    }
    schedule_data(event.feed);
}

// A heartbeat event comes once per silence. If the feed was not silent, the event moves.
void Sender::send_heartbeat(const Event& event) noexcept {
    const State& state = states_[event.feed];
    const Ticks silence = ticks(static_cast<std::uint64_t>(options_.heartbeat_s * 1e9));
    const Ticks now = timeline_.now();
    if (state.last_sent + silence <= now) {
        send_control(event.feed, mold::kHeartbeat, now);
        ++counters_[event.feed].heartbeats;
    }
    push({state.last_sent + silence, event.feed, Kind::heartbeat});
}

void Sender::send_end_of_session(const Event& event) noexcept {
    send_control(event.feed, mold::kEndOfSession, timeline_.now());
    const std::uint64_t gap_ns = is_cut_short_ ? 0 : kEndOfSessionGap_ns;
    const double linger_s = is_cut_short_ ? 0 : options_.linger_s;
    const auto linger = static_cast<std::uint32_t>(
        std::ceil(linger_s * 1e9 / static_cast<double>(kEndOfSessionGap_ns)));
    if (++states_[event.feed].ends_sent < std::max(kEndsOfSession, linger)) {
        push({event.due + ticks(gap_ns), event.feed, Kind::end_of_session});
    }
}

void Sender::send_control(std::uint32_t feed, std::uint16_t message_count, Ticks now) noexcept {
    const mold::Header header{feeds_[feed].stream->session(), counters_[feed].next_sequence,
                              message_count};
    transmit(feed, wire::bytes_of(header), now);
}

void Sender::transmit(std::uint32_t feed, std::span<const std::byte> payload, Ticks now) noexcept {
    states_[feed].last_sent = now;
    took(feed, feeds_[feed].transmitter->send(payload, now));
}

void Sender::took(std::uint32_t feed, SendResult result) noexcept {
    schedule_release(feed);
    if (result == SendResult::sent) return;
    ++counters_[feed].send_errors;
    broken_ = broken_ || result == SendResult::broken;
}

void Sender::send_held(const Event& event) noexcept {
    states_[event.feed].release_due = Transmitter::kNothingHeld;
    took(event.feed, feeds_[event.feed].transmitter->release(timeline_.now()));
}

// Each feed has at most one such event, for the first of its held packets.
void Sender::schedule_release(std::uint32_t feed) noexcept {
    const Ticks due = feeds_[feed].transmitter->next_due();
    Ticks& scheduled = states_[feed].release_due;
    if (due == scheduled) return;
    if (scheduled != Transmitter::kNothingHeld) {
        std::erase_if(events_, [feed](const Event& event) {
            return event.feed == feed && event.kind == Kind::release;
        });
        std::make_heap(events_.begin(), events_.end(), later);
    }
    scheduled = due;
    if (due != Transmitter::kNothingHeld) push({due, feed, Kind::release});
}

// Decides when a feed's next packet is due, and queues the making of it.
void Sender::schedule_data(std::uint32_t feed) noexcept {
    State& state = states_[feed];
    state.due_ns = feeds_[feed].schedule.next_ns();
    state.prepared = false;
    push({start_ + ticks(state.due_ns), feed, Kind::data});
    unprepared_[(unprepared_first_ + unprepared_count_++) % unprepared_.size()] = feed;
}

void Sender::prepare_oldest() noexcept {
    const std::uint32_t feed = unprepared_[unprepared_first_];
    unprepared_first_ = (unprepared_first_ + 1) % unprepared_.size();
    --unprepared_count_;
    State& state = states_[feed];
    std::optional<std::uint64_t> stamp_ns;
    if (options_.stamp) stamp_ns = (options_.start_ns_of_day + state.due_ns) % kDay_ns;
    state.packet = feeds_[feed].stream->next(stamp_ns);
    state.prepared = true;
    if (state.packet.payload.empty()) return end_feed(feed, timeline_.now());
    if (feeds_[feed].store != nullptr) feeds_[feed].store->append(state.packet);
}

// From here on, nothing of this feed is due except held packets.
void Sender::end_feed(std::uint32_t feed, Ticks now) noexcept {
    states_[feed].ending = true;
    std::erase_if(events_, [feed](const Event& event) {
        return event.feed == feed && event.kind != Kind::release;
    });
    std::make_heap(events_.begin(), events_.end(), later);
    push({now, feed, Kind::end_of_session});
}

bool Sender::all_ending() const noexcept {
    return std::all_of(states_.begin(), states_.end(),
                       [](const State& each) { return each.ending; });
}

void Sender::end_all() noexcept {
    const Ticks now = timeline_.now();
    unprepared_count_ = 0;
    for (std::uint32_t feed = 0; feed < feeds_.size(); ++feed) {
        if (!states_[feed].ending) end_feed(feed, now);
    }
}

double Sender::sending_s() const noexcept {
    return static_cast<double>(last_tx_ - first_tx_) / ticks_per_ns_ * 1e-9;
}

std::string Sender::failure() const {
    for (const Feed& feed : feeds_) {
        if (std::string why = feed.stream->failure(); !why.empty()) return why;
    }
    if (!broken_) return {};
    for (const Feed& feed : feeds_) {
        if (std::string why = feed.transmitter->failure(); !why.empty()) return why;
    }
    return "send: failed";
}

}  // namespace rxlab::feedsim
