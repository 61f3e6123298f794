// SPDX-License-Identifier: MIT
#include <rxlab/feed/ordered_channel.hpp>

#include <algorithm>

namespace rxlab::feed {

using wire::mold::Header;

OrderedChannel::OrderedChannel(const OrderedOptions& options)
    : options_{options},
      hold_{options.hold_packets},
      missing_{options.requests, options.gap_wait_ns, options.recover},
      past_packets_{std::min(options.hold_packets, kResetHoldPackets)} {}

Ledger OrderedChannel::ledger() const noexcept {
    Ledger ledger = ledger_;
    ledger.expected += highest_ - joined_;
    return ledger;
}

Taken OrderedChannel::take(std::span<const std::byte> payload, const Arrival& arrival,
                           OrderedSink& sink) noexcept {
    const auto& header = wire::overlay<Header>(payload);
    const Data data{header.sequence, end_of(header), payload, arrival};
    const bool answer = arrival.origin == Origin::answer;
    if (answer) ++counters_.answers;
    if (answer && (!started_ || header.session != session_ || data.begin == data.end ||
                   data.begin > highest_)) {
        ++counters_.useless_answers;
        return Taken::ignored;
    }
    if (!started_) start(header, arrival.now_ns, sink);
    const StrayPackets::Place place{session_, highest_, end_announced_};
    if (StrayPackets::is_stray(header, place)) return take_stray(data, place, sink);
    return take_current(data, sink);
}

Taken OrderedChannel::take_current(const Data& data, OrderedSink& sink) noexcept {
    const std::uint16_t count = wire::overlay<Header>(data.payload).message_count;
    if (count == wire::mold::kHeartbeat || count == wire::mold::kEndOfSession) {
        return take_control(data, sink);
    }
    if (data.end <= next_ && !joining_) return take_old(data, sink);
    if (data.begin > next_ && data.payload.size() > PacketHold::kPayloadBytesMax) {
        ++counters_.too_long;
        return Taken::ignored;
    }
    const Taken taken = joining_ ? take_while_joining(data) : take_data(data, sink);
    update(data.arrival.now_ns);
    return taken;
}

// Both say which message is next.
Taken OrderedChannel::take_control(const Data& data, OrderedSink& sink) noexcept {
    const auto& header = wire::overlay<Header>(data.payload);
    const std::uint64_t now_ns = data.arrival.now_ns;
    const bool end = header.message_count == wire::mold::kEndOfSession;
    if (data.begin > highest_) {
        if (!joining_) missing_.add(highest_, data.begin, now_ns);
        highest_ = data.begin;
    }
    if (end) {
        end_announced_ = true;
    } else {
        strays_.deny();
    }
    if (!joining_ && next_ >= data.begin) {
        sink.deliver(data.payload, data.arrival);
    } else if (end) {
        end_of_session_ = header;
    } else {
        ++counters_.early_heartbeats;
    }
    update(now_ns);
    return Taken::control;
}

Taken OrderedChannel::take_data(const Data& data, OrderedSink& sink) noexcept {
    if (data.begin > next_) return take_early(data, sink);
    missing_.fill(data.begin, data.end, data.arrival.origin == Origin::answer, data.arrival.now_ns);
    deliver(data, sink);
    drain(data.arrival.now_ns, sink);
    return Taken::delivered;
}

Taken OrderedChannel::take_early(const Data& data, OrderedSink& sink) noexcept {
    const bool answer = data.arrival.origin == Origin::answer;
    std::uint64_t news =
        missing_.fill(data.begin, std::min(data.end, highest_), answer, data.arrival.now_ns);
    if (data.end > highest_) news += data.end - std::max(data.begin, highest_);
    if (data.begin > highest_) missing_.add(highest_, data.begin, data.arrival.now_ns);
    highest_ = std::max(highest_, data.end);
    if (news == 0) {
        ledger_.duplicates += data.end - data.begin;
        if (answer) ++counters_.useless_answers;
        return Taken::duplicate;
    }
    while (hold_.full() && data.begin > next_ && !joining_) {
        ++counters_.hold_full;
        missing_.give_up_front();
        drain(data.arrival.now_ns, sink, data.begin);  // this packet is not missing any more
    }
    if (joining_) return take_while_joining(data);
    if (data.begin <= next_) {
        if (data.end <= next_) return Taken::old;
        deliver(data, sink);
        drain(data.arrival.now_ns, sink);
        return Taken::delivered;
    }
    hold(data);
    return Taken::held;
}

void OrderedChannel::hold(const Data& data) noexcept {
    Arrival arrival = data.arrival;
    arrival.held = true;
    hold_.insert({data.begin, data.end, data.payload, arrival});
    ++counters_.held_packets;
    counters_.held_max = std::max<std::uint64_t>(counters_.held_max, hold_.size());
}

// `data` holds the next message, perhaps behind some that are not new.
void OrderedChannel::deliver(const Data& data, OrderedSink& sink) noexcept {
    const std::uint64_t news = data.end - next_;
    (data.arrival.origin == Origin::answer ? ledger_.recovered : ledger_.delivered) += news;
    sink.deliver(data.payload, data.arrival);
    next_ = data.end;
    highest_ = std::max(highest_, next_);
}

// Delivers what is held as far as nothing is missing, or only what was given up.
void OrderedChannel::drain(std::uint64_t now_ns, OrderedSink& sink, std::uint64_t limit) noexcept {
    while (!joining_) {
        missing_.forget_before(next_);
        if (!hold_.empty() && hold_.front().sequence <= next_) {
            const PacketHold::Packet packet = hold_.front();
            if (packet.end > next_) {
                deliver({packet.sequence, packet.end, packet.payload, packet.arrival}, sink);
            } else {
                ledger_.duplicates += packet.end - packet.sequence;
            }
            hold_.pop_front();
        } else if (!pass_front_gap(sink, limit)) {
            break;
        }
    }
    if (!joining_ && end_of_session_ && next_ >= end_of_session_->sequence) {
        const Header header = *end_of_session_;
        end_of_session_.reset();
        sink.deliver(wire::bytes_of(header), {.now_ns = now_ns});
    }
}

bool OrderedChannel::pass_front_gap(OrderedSink& sink, std::uint64_t limit) noexcept {
    if (missing_.empty()) return false;
    const MissingRanges::Range& gap = missing_.front();
    if (gap.state != MissingRanges::Range::State::given_up) return false;
    // Where ranges had to be joined, packets inside this one may be held.
    std::uint64_t end = std::min(gap.end, limit);
    if (!hold_.empty()) end = std::min(end, hold_.front().sequence);
    if (end <= next_) return false;
    lose_up_to(end, sink);
    return true;
}

void OrderedChannel::lose_up_to(std::uint64_t sequence, OrderedSink& sink) noexcept {
    ledger_.lost += sequence - next_;
    next_ = sequence;
    stale_ = true;
    sink.skip_to(sequence);
    if (options_.snapshot) await_snapshot();
}

void OrderedChannel::poll(std::uint64_t now_ns, OrderedSink& sink) noexcept {
    if (joining_) return;
    missing_.poll(now_ns);
    drain(now_ns, sink);
    update(now_ns);
}

std::optional<Request> OrderedChannel::next_request(std::uint64_t now_ns) noexcept {
    if (joining_) return std::nullopt;
    const auto request = missing_.next_request(now_ns);
    due_ns_ = missing_.due_ns();
    return request;
}

void OrderedChannel::finish(std::uint64_t now_ns, OrderedSink& sink) noexcept {
    close_session(now_ns, sink);
    update(now_ns);
}

// Called after everything that may have changed whether the book is complete.
void OrderedChannel::update(std::uint64_t now_ns) noexcept {
    quiet_ = started_ && !joining_ && missing_.empty() && hold_.empty();
    due_ns_ = quiet_ || joining_ ? kNever : missing_.due_ns();
    if (quiet_ == !in_episode_) return;
    in_episode_ = !quiet_;
    if (in_episode_) {
        episode_since_ns_ = now_ns;
        episode_declared_before_ = missing_.counters().declared;
        return;
    }
    ++counters_.episodes;
    last_episode_ns_ = now_ns - episode_since_ns_;
    last_declared_ = missing_.counters().declared != episode_declared_before_;
    if (last_declared_) ++counters_.declared_episodes;
}

}  // namespace rxlab::feed
