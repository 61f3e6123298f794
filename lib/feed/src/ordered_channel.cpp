// SPDX-License-Identifier: MIT
#include <rxlab/feed/ordered_channel.hpp>

#include <algorithm>
#include <limits>

namespace rxlab::feed {

using wire::mold::Header;
using wire::mold::Session;

namespace {

constexpr std::uint64_t kSequenceEnd = std::numeric_limits<std::uint64_t>::max();
// Two packets of one stream lie no further apart, in messages.
constexpr std::uint64_t kNeighbourhood = 4'096;
// After which a packet that is the very same as before counts as a second one (a heartbeat does).
constexpr std::uint64_t kRepeat_ns = 100'000'000;

std::uint64_t end_of(const Header& header) noexcept {
    const std::uint64_t sequence = header.sequence;
    const std::uint16_t count = header.message_count;
    if (count == wire::mold::kEndOfSession) return sequence;
    return sequence + std::min<std::uint64_t>(count, kSequenceEnd - sequence);
}

}  // namespace

OrderedChannel::OrderedChannel(const OrderedOptions& options)
    : options_{options},
      hold_{options.hold_packets},
      missing_{options.requests, options.gap_wait_ns, options.recover} {}

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
    if (header.session != session_) {
        if (is_over(header.session)) {
            ++counters_.old_sessions;
            return Taken::ignored;
        }
        return take_elsewhere(data, sink);
    }
    if (data.begin > highest_ && data.begin - highest_ > kJumpMessagesMax) {
        return take_elsewhere(data, sink);
    }
    return take_current(data, sink);
}

void OrderedChannel::start(const Header& header, std::uint64_t now_ns, OrderedSink& sink) noexcept {
    started_ = true;
    begin_session(header.session, header.sequence, now_ns, sink);
}

void OrderedChannel::begin_session(const Session& session, std::uint64_t sequence,
                                   std::uint64_t now_ns, OrderedSink& sink) noexcept {
    session_ = session;
    next_ = options_.first_sequence.value_or(sequence);
    highest_ = joined_ = next_;
    end_of_session_.reset();
    end_announced_ = false;
    reset_packets_ = 0;
    sink.join(session_, next_);
    if (options_.snapshot) await_snapshot();
    update(now_ns);
}

// Nothing more can come of it: what is missing is lost.
void OrderedChannel::close_session(std::uint64_t now_ns, OrderedSink& sink) noexcept {
    if (joining_) {
        joining_ = false;
        stale_ = true;
        sink.join(session_, next_);
        find_missing(now_ns);
    }
    snapshot_wish_ = false;
    const bool snapshot = options_.snapshot;
    options_.snapshot = false;  // not for this session any more
    missing_.give_up_all();
    drain(now_ns, sink);
    options_.snapshot = snapshot;
    ledger_.expected += highest_ - joined_;
    joined_ = highest_;
}

bool OrderedChannel::is_over(const Session& session) const noexcept {
    const auto end =
        over_.begin() + static_cast<std::ptrdiff_t>(std::min(over_count_, over_.size()));
    return std::find(over_.begin(), end, session) != end;
}

// Whether this packet and the candidate agree about where the feed is.
bool OrderedChannel::confirms(const Data& data) const noexcept {
    const auto& header = wire::overlay<Header>(data.payload);
    if (!candidate_ || header.session != candidate_->session) return false;
    if (data.begin == candidate_->sequence && data.end == candidate_->end &&
        data.arrival.now_ns - candidate_->since_ns < kRepeat_ns) {
        return false;  // the same packet, twice
    }
    const std::uint64_t low = std::min(data.begin, candidate_->end);
    return std::max(data.begin, candidate_->end) - low <= kNeighbourhood;
}

Taken OrderedChannel::take_elsewhere(const Data& data, OrderedSink& sink) noexcept {
    const auto& header = wire::overlay<Header>(data.payload);
    const std::uint64_t now_ns = data.arrival.now_ns;
    if (!confirms(data)) {
        const bool same = candidate_ && candidate_->session == header.session &&
                          candidate_->sequence == data.begin && candidate_->end == data.end;
        if (same) return Taken::ignored;
        ++counters_.unconfirmed;
        candidate_ = Candidate{header.session, data.begin, data.end, now_ns};
        candidate_packet_.clear();
        if (data.payload.size() <= PacketHold::kPayloadBytesMax) {
            candidate_packet_.insert({data.begin, data.end, data.payload, data.arrival});
        }
        return Taken::ignored;
    }
    const Candidate first = *candidate_;
    candidate_.reset();
    --counters_.unconfirmed;
    if (header.session != session_) {
        close_session(now_ns, sink);
        over_[over_count_++ % over_.size()] = session_;
        begin_session(header.session, std::min(first.sequence, data.begin), now_ns, sink);
    }
    if (!candidate_packet_.empty()) {
        const PacketHold::Packet& held = candidate_packet_.front();
        take_current({held.sequence, held.end, held.payload, held.arrival}, sink);
        candidate_packet_.clear();
    }
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
    if (end) end_announced_ = true;
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
        drain(data.arrival.now_ns, sink);
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

// Everything is kept, and nothing asked for: the snapshot decides what is of interest. Where there
// is no room the oldest goes, which leaves one gap at most.
Taken OrderedChannel::take_while_joining(const Data& data) noexcept {
    highest_ = std::max(highest_, data.end);
    if (next_ == joined_)
        next_ = joined_ = std::min(next_, data.begin);  // nothing is delivered yet
    if (data.payload.size() > PacketHold::kPayloadBytesMax) {
        ++counters_.too_long;
        return Taken::ignored;
    }
    for (std::size_t i = hold_.size(); i-- > 0 && hold_[i].sequence >= data.begin;) {
        if (hold_[i].sequence != data.begin || hold_[i].end < data.end) continue;
        ledger_.duplicates += data.end - data.begin;
        return Taken::duplicate;
    }
    if (hold_.full()) {
        ++counters_.hold_full;
        hold_.pop_front();
    }
    hold(data);
    return Taken::held;
}

// A sequence reset looks like packets from the past, and nothing else.
Taken OrderedChannel::take_old(const Data& data, OrderedSink& sink) noexcept {
    const std::uint64_t now_ns = data.arrival.now_ns;
    if (data.arrival.origin == Origin::answer) {
        ++counters_.useless_answers;
        ledger_.duplicates += data.end - data.begin;
        return Taken::ignored;
    }
    if (data.begin != reset_end_ || reset_packets_ == 0 || reset_highest_ != highest_) {
        reset_packets_ = 0;
        reset_begin_ = data.begin;
        reset_since_ns_ = now_ns;
        reset_highest_ = highest_;
    }
    ++reset_packets_;
    reset_end_ = data.end;
    if (reset_packets_ < kResetPackets || now_ns - reset_since_ns_ < kResetSilence_ns ||
        end_announced_) {
        return Taken::old;
    }
    const std::uint64_t begin = reset_begin_;
    ++counters_.resets;
    close_session(now_ns, sink);
    begin_session(Session{session_}, begin, now_ns, sink);
    return take_current(data, sink);
}

void OrderedChannel::hold(const Data& data) noexcept {
    hold_.insert({data.begin, data.end, data.payload, data.arrival});
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
void OrderedChannel::drain(std::uint64_t now_ns, OrderedSink& sink) noexcept {
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
        } else if (!pass_front_gap(sink)) {
            break;
        }
    }
    if (!joining_ && end_of_session_ && next_ >= end_of_session_->sequence) {
        const Header header = *end_of_session_;
        end_of_session_.reset();
        sink.deliver(wire::bytes_of(header), {.now_ns = now_ns});
    }
}

bool OrderedChannel::pass_front_gap(OrderedSink& sink) noexcept {
    if (missing_.empty()) return false;
    const MissingRanges::Range& gap = missing_.front();
    if (gap.state != MissingRanges::Range::State::given_up) return false;
    // Where ranges had to be joined, packets inside this one may be held.
    const std::uint64_t end = hold_.empty() ? gap.end : std::min(gap.end, hold_.front().sequence);
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

void OrderedChannel::await_snapshot() noexcept {
    joining_ = true;
    snapshot_wish_ = true;
    missing_.clear();
}

bool OrderedChannel::take_snapshot_wish() noexcept {
    const bool wish = snapshot_wish_;
    snapshot_wish_ = false;
    return wish;
}

bool OrderedChannel::snapshot_fits(const Session& session, std::uint64_t sequence) noexcept {
    if (!joining_ || session != session_) return false;
    if (next_ != joined_ && sequence < next_) {  // what was lost would not be in it
        ++counters_.snapshots_too_old;
        return false;
    }
    return true;
}

void OrderedChannel::join_snapshot(std::uint64_t sequence, std::uint64_t now_ns,
                                   OrderedSink& sink) noexcept {
    joining_ = false;
    stale_ = false;
    ++counters_.snapshots;
    if (sequence >= next_) {
        ledger_.by_snapshot += sequence - next_;
    } else {  // at the start: the snapshot is older than the first packet
        joined_ = sequence;
    }
    next_ = sequence;
    highest_ = std::max(highest_, sequence);
    while (!hold_.empty() && hold_.front().end <= sequence)
        hold_.pop_front();
    sink.join(session_, sequence);
    find_missing(now_ns);
    drain(now_ns, sink);
    update(now_ns);
}

void OrderedChannel::snapshot_failed(std::uint64_t now_ns, OrderedSink& sink) noexcept {
    if (!joining_) return;
    joining_ = false;
    stale_ = true;
    sink.join(session_, next_);
    find_missing(now_ns);
    drain(now_ns, sink);
    update(now_ns);
}

// What is missing between next_ and highest_, from what is held.
void OrderedChannel::find_missing(std::uint64_t now_ns) noexcept {
    missing_.clear();
    std::uint64_t known = next_;
    for (std::size_t i = 0; i < hold_.size(); ++i) {
        if (hold_[i].sequence > known) missing_.add(known, hold_[i].sequence, now_ns);
        known = std::max(known, hold_[i].end);
    }
    if (highest_ > known) missing_.add(known, highest_, now_ns);
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
