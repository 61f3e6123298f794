// SPDX-License-Identifier: MIT
//
// Where an OrderedChannel begins anew: sessions, sequence resets, snapshots.
#include <rxlab/feed/ordered_channel.hpp>

#include <algorithm>

namespace rxlab::feed {

using wire::mold::Header;
using wire::mold::Session;

void OrderedChannel::start(const Header& header, std::uint64_t now_ns, OrderedSink& sink) noexcept {
    started_ = true;
    join_session(header.session, options_.first_sequence.value_or(header.sequence), now_ns, sink);
}

// Another one, or the same from its start: with an empty book nothing is stale.
void OrderedChannel::begin_session(const Session& session, std::uint64_t sequence,
                                   std::uint64_t now_ns, OrderedSink& sink) noexcept {
    stale_ = false;
    sink.begin_anew();
    join_session(session, std::min(sequence, options_.first_sequence.value_or(sequence)), now_ns,
                 sink);
}

// One that was left: its book was emptied then, and the messages from before `sequence` are not
// delivered again.
void OrderedChannel::resume_session(const Session& session, std::uint64_t sequence,
                                    std::uint64_t now_ns, OrderedSink& sink) noexcept {
    stale_ = sequence > 1 && !options_.snapshot;
    sink.begin_anew();
    join_session(session, sequence, now_ns, sink);
}

void OrderedChannel::join_session(const Session& session, std::uint64_t sequence,
                                  std::uint64_t now_ns, OrderedSink& sink) noexcept {
    session_ = session;
    next_ = highest_ = joined_ = sequence;
    end_of_session_.reset();
    end_announced_ = false;
    past_ = {};
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

Taken OrderedChannel::take_stray(const Data& data, const StrayPackets::Place& place,
                                 OrderedSink& sink) noexcept {
    const Arrival& arrival = data.arrival;
    if (strays_.take(data.payload, arrival, place) != StrayPackets::Verdict::believed)
        return Taken::ignored;
    const auto& header = wire::overlay<Header>(data.payload);
    if (header.session != session_) {
        close_session(arrival.now_ns, sink);
        strays_.leave(session_, highest_);
        if (strays_.came_back()) {
            resume_session(header.session, strays_.begin(), arrival.now_ns, sink);
        } else {
            begin_session(header.session, strays_.begin(), arrival.now_ns, sink);
        }
    }
    Taken taken = Taken::ignored;
    strays_.release([&](const PacketHold::Packet& packet) {
        const Arrival now{arrival.origin, arrival.now_ns, packet.arrival.stamp,
                          packet.arrival.held};
        const Taken each = take_again({packet.sequence, packet.end, packet.payload, now}, sink);
        if (!packet.arrival.held) taken = each;
    });
    if (data.payload.size() > PacketHold::kPayloadBytesMax) return take_current(data, sink);
    return taken;
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
    if (hold_.holds(data.begin, data.end)) {
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
    if (end_announced_) return Taken::old;
    const bool kept = note_past(data);
    const bool believed =
        past_.packets >= kResetPackets && now_ns - past_.since_ns >= kResetSilence_ns;
    return believed ? reset(data, kept, sink) : Taken::old;
}

// A duplicate, or a packet that was overtaken, is no evidence of a reset; neither does it speak
// against one. Returns whether the packet was kept.
bool OrderedChannel::note_past(const Data& data) noexcept {
    const bool goes_on = past_.packets > 0 && past_.highest == highest_ &&
                         data.begin <= past_.end + StrayPackets::kNeighbourhood &&
                         past_.begin <= data.end + StrayPackets::kNeighbourhood;
    if (!goes_on) {
        past_ = {.begin = data.begin,
                 .end = data.begin,
                 .since_ns = data.arrival.now_ns,
                 .highest = highest_};
        while (!past_packets_.empty())
            past_packets_.pop_front();
    }
    if (data.begin >= past_.end) ++past_.packets;
    past_.begin = std::min(past_.begin, data.begin);
    past_.end = std::max(past_.end, data.end);
    if (past_packets_.holds(data.begin, data.end)) return false;
    if (past_packets_.full() || data.payload.size() > PacketHold::kPayloadBytesMax) {
        ++past_.full;
        return false;
    }
    past_packets_.insert({data.begin, data.end, data.payload, data.arrival});
    return true;
}

Taken OrderedChannel::reset(const Data& data, bool kept, OrderedSink& sink) noexcept {
    const std::uint64_t now_ns = data.arrival.now_ns;
    const Past past = past_;
    ++counters_.resets;
    counters_.resets_full += past.full;
    close_session(now_ns, sink);
    begin_session(Session{session_}, past.begin, now_ns, sink);
    // Its start was not heard, or it is no reset but a line that is seconds late.
    if (past.begin > options_.first_sequence.value_or(1) && !options_.snapshot) stale_ = true;
    for (; !past_packets_.empty(); past_packets_.pop_front()) {
        const PacketHold::Packet& packet = past_packets_.front();
        const Arrival arrival{packet.arrival.origin, now_ns, packet.arrival.stamp, true};
        take_again({packet.sequence, packet.end, packet.payload, arrival}, sink);
    }
    return kept ? Taken::delivered : take_again(data, sink);
}

// After a reset or in another session, whose packets overlap as any others do.
Taken OrderedChannel::take_again(const Data& data, OrderedSink& sink) noexcept {
    if (joining_ || data.end > next_ || data.begin == data.end) return take_current(data, sink);
    ledger_.duplicates += data.end - data.begin;
    return Taken::duplicate;
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
    if (sequence > highest_ && sequence - highest_ > kJumpMessagesMax) {  // no feed is there
        ++counters_.snapshots_too_new;
        return false;
    }
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

}  // namespace rxlab::feed
