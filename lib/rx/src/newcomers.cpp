// SPDX-License-Identifier: MIT
#include <rxlab/rx/newcomers.hpp>

#include <algorithm>

namespace rxlab::rx {

std::string_view to_string(Doubt doubt) noexcept {
    constexpr std::array<std::string_view, 6> kNames{
        "none",     "silence", "another-session", "another-source", "sequence-began-again",
        "far-ahead"};
    return kNames[static_cast<std::size_t>(doubt)];
}

bool Newcomers::take(const Packet& packet, const Own& own) noexcept {
    const Sequencer& feed = own.sequencer;
    const bool is_another = packet.header().session != feed.session();
    const bool is_elsewhere = feed.is_foreign_source(packet.arrival.source, packet.arrival.id.line);
    if (is_another || is_elsewhere) note_publisher(packet);
    if (is_elsewhere && restricted_[packet.arrival.id.line]) {
        ++counters_.foreign;
        return false;
    }
    const Left* const over = is_another ? left(packet.header().session) : nullptr;
    if (over != nullptr && packet.promised <= over->highest) {  // no news
        ++counters_.old_sessions;
        return false;
    }
    const Doubt why = is_another     ? Doubt::another_session
                      : is_elsewhere ? Doubt::another_source
                                     : Doubt::far_ahead;
    Stream& stream = stream_of(packet, why, own);
    const bool goes_on =
        packet.is_data() && packet.begin >= stream.end && stream.highest == feed.highest();
    extend(stream, packet, own);
    ++counters_.foreign;
    // Whether the feed may ever go over to it by itself.
    const bool is_stranger = is_another && is_elsewhere && !stream.is_successor;
    if (is_stranger && feed.session_packets() >= kEstablished) return false;
    if (why != Doubt::another_source || stream.end > feed.highest())
        suspicion_ = {why, feed.highest()};
    const bool believed = decide(stream, packet, own, goes_on);
    if (!has_candidate() || &candidate() != &stream) {
        if (!gives_way(stream, packet.arrival.now_ns, feed, believed)) return false;
        hold_.clear();
        begun_ = {};
        candidate_ = static_cast<std::size_t>(&stream - streams_.data());
    }
    is_contradicted_ = false;
    keep(packet, !believed);
    return believed;
}

// Whether the candidate does, to the stream.
bool Newcomers::gives_way(const Stream& stream, std::uint64_t now_ns, const Sequencer& own,
                          bool believed) const noexcept {
    const bool is_session = stream.why == Doubt::another_session;
    if (believed && is_session) return true;
    if (began_again()) return false;
    if (believed || !has_candidate()) return true;
    if (is_session && own.end_announced() && candidate().why != Doubt::another_session) return true;
    if (is_contradicted_ || candidate().highest != own.highest()) return true;
    // A restart is looked at only where there is nothing else.
    return candidate_ == kRestart || now_ns >= candidate().last_ns + kForgotten_ns;
}

bool Newcomers::decide(const Stream& stream, const Packet& packet, const Own& own,
                       bool goes_on) const noexcept {
    const Sequencer& feed = own.sequencer;
    const bool is_silent = packet.arrival.now_ns >= own.heard_ns + kSourceSilence_ns;
    if (stream.why == Doubt::another_source) {
        // Beside a line that is heard, only who is where that is.
        if (packet.arrival.now_ns < own.line_spoke_ns + kSourceSilence_ns) return false;
        if (!is_silent) return packet.begin <= feed.highest() && packet.promised >= feed.highest();
        return packet.promised >= feed.highest() + (packet.is_data() ? 1 : 0);
    }
    if (stream.why == Doubt::far_ahead)
        return goes_on && (is_silent ? stream.packets > 1 : stream.steps >= kEstablished);
    const bool has_ended = feed.end_announced() || ended_again();
    if (has_ended && left(stream.session) == nullptr) {
        const bool is_same = !feed.is_foreign_source(packet.arrival.source, packet.arrival.id.line);
        if (packet.is_data() ? packet.begin == packet.end : packet.is_end() || packet.begin == 0)
            return false;
        return is_same || (packet.is_data() && stream.is_successor && stream.packets > 1);
    }
    const bool is_weak = has_ended || feed.session_packets() < kEstablished;
    return is_silent && is_weak && stream.steps >= kEstablished;
}

// The stream that the packet belongs to; else, in place of the one that was longest without a
// packet, a new one. The candidate keeps its place.
Newcomers::Stream& Newcomers::stream_of(const Packet& packet, Doubt why, const Own& own) noexcept {
    const std::uint8_t line = packet.arrival.id.line;
    Stream* oldest = nullptr;
    for (std::size_t i = 0; i < kRestart; ++i) {
        Stream& stream = streams_[i];
        if (stream.packets != 0 && stream.why == why && stream.session == packet.header().session &&
            (stream.sources[line] == packet.arrival.source || stream.sources[line] == 0)) {
            if (why != Doubt::another_session || !stream.begins_anew(packet)) return stream;
            if (i == candidate_) hold_.clear();
            stream.begin = stream.end = packet.begin;
            stream.packets = stream.steps = 0;
            stream.ends = {};
            return stream;
        }
        if (i == candidate_) continue;
        if (oldest == nullptr || stream.last_ns < oldest->last_ns) oldest = &stream;
    }
    *oldest = {.session = packet.header().session,
               .why = why,
               .is_successor = own.sequencer.end_announced(),
               .begin = ~std::uint64_t{0},
               .end = packet.begin,
               .highest = own.sequencer.highest()};
    return *oldest;
}

void Newcomers::extend(Stream& stream, const Packet& packet, const Own& own) noexcept {
    const std::uint64_t highest = own.sequencer.highest();
    if (stream.highest != highest) stream.steps = 0;
    if (packet.promised > stream.end || !packet.is_data()) ++stream.steps;
    ++stream.packets;
    // A heartbeat's number of 0 says nothing.
    if (packet.is_data() || packet.begin != 0) stream.begin = std::min(stream.begin, packet.begin);
    stream.end = std::max(stream.end, packet.promised);
    std::uint64_t& line_end = stream.ends[packet.arrival.id.line];
    line_end = std::max(line_end, packet.promised);
    stream.last_ns = packet.arrival.now_ns;
    stream.sources[packet.arrival.id.line] = packet.arrival.source;
    stream.highest = highest;
}

// What lies behind all that its own line has said is only late.
void Newcomers::note_old(const Packet& packet, const Own& own) noexcept {
    if (is_releasing_) return;
    if (own.line_next == 0 || packet.begin >= own.line_next) {
        in_turn_ns_[packet.arrival.id.line] = packet.arrival.now_ns;
        // Another line has begun anew, and this one may be in the middle of the same restart.
        if (began_again() && packet.begin < begun_at_) begun_[packet.arrival.id.line] = true;
        return;
    }
    const Back& back = backs_[packet.arrival.id.line];
    const bool is_all = goes_back(packet, own);
    if (back.steps >= 2) suspicion_ = {Doubt::began_again, own.sequencer.highest()};
    const bool is_busy = has_candidate() && candidate_ != kRestart &&
                         packet.arrival.now_ns < candidate().last_ns + kForgotten_ns;
    if (is_busy && !is_all) return;
    note_restart(packet, own);
    if (!is_all) return;
    streams_[kRestart].begin = std::min(streams_[kRestart].begin, back.begin);
    if (!began_again()) begun_at_ = own.sequencer.highest();
    begun_[packet.arrival.id.line] = true;
}

bool Newcomers::goes_back(const Packet& packet, const Own& own) noexcept {
    const std::uint64_t highest = own.sequencer.highest();
    const std::uint64_t joined = own.sequencer.joined();
    const std::uint8_t line = packet.arrival.id.line;
    Back& back = backs_[line];
    if (back.line_next != own.line_next || packet.begin < back.begin) {
        const std::uint64_t spoke_ns = std::max(own.line_heard_ns, in_turn_ns_[line]);
        back = {.begin = packet.begin,
                .end = packet.begin,
                .line_next = own.line_next,
                .highest = highest,
                .after_pause = packet.arrival.now_ns >= spoke_ns + kRestart_ns};
    }
    if (back.highest != highest) back.steps = 0;
    back.highest = highest;
    const bool fills = packet.begin >= back.hole_begin && packet.promised <= back.hole_end;
    if (!packet.is_data()) {
        back.steps += 2;
    } else if (packet.begin >= back.end || fills) {
        ++back.steps;
        back.messages += packet.promised - packet.begin;
        if (fills) back.hole_begin = packet.promised;
        if (packet.begin > back.end + (back.hole_end - back.hole_begin)) {
            back.hole_begin = back.end;
            back.hole_end = packet.begin;
        }
    }
    back.end = std::max(back.end, packet.promised);
    // One packet may say all of it.
    if (back.after_pause && packet.is_data() && packet.begin <= joined &&
        packet.promised >= highest)
        ++back.steps;
    const std::uint64_t all = highest - joined;
    return back.steps >= (back.after_pause ? 2 : kEstablished) && back.messages >= all / 2 &&
           back.begin <= joined + all / 8 && back.end + all / 8 >= highest;
}

// For the doubt, and so that nothing is lost if somebody knows that it is one.
void Newcomers::note_restart(const Packet& packet, const Own& own) noexcept {
    const Sequencer& feed = own.sequencer;
    // News of the feed, or a packet from before the last one: it was no restart so far.
    if (candidate_ != kRestart || candidate().highest != feed.highest() ||
        (packet.is_data() && packet.begin < candidate().begin)) {
        hold_.clear();
        candidate_ = kRestart;
        streams_[kRestart] = {.session = feed.session(),
                              .why = Doubt::began_again,
                              .begin = packet.begin,
                              .end = packet.begin,
                              .highest = feed.highest()};
    }
    is_contradicted_ = false;
    extend_restart(packet);
}

bool Newcomers::refute(const Packet& packet, const Sequencer& own) noexcept {
    const std::uint8_t line = packet.arrival.id.line;
    if (packet.is_data() || packet.begin < own.highest() || backs_[line].end >= own.highest())
        return false;
    begun_[line] = false;
    backs_[line] = {};
    if (began_again()) return true;
    hold_.clear();
    forget_candidate();
    return true;
}

void Newcomers::hold(const Packet& packet) noexcept {
    ++counters_.foreign;
    Back& back = backs_[packet.arrival.id.line];
    back.end = std::max(back.end, packet.promised);
    extend_restart(packet);
}

void Newcomers::extend_restart(const Packet& packet) noexcept {
    Stream& restart = streams_[kRestart];
    ++restart.packets;
    if (packet.is_end()) restart.has_ended = packet.begin >= restart.end;
    if (packet.is_data() && packet.promised > restart.end) restart.has_ended = false;
    restart.end = std::max(restart.end, packet.promised);
    restart.last_ns = packet.arrival.now_ns;
    restart.sources[packet.arrival.id.line] = packet.arrival.source;
    keep(packet, true);
}

void Newcomers::keep(const Packet& packet, bool is_held) noexcept {
    if (is_held && hold_.holds(packet.begin, packet.end)) return;
    Arrival arrival = packet.arrival;
    arrival.held = is_held;
    if (hold_.insert(packet.begin, packet.end, packet.payload, arrival)) return;
    ++counters_.without_room;
    if (is_held) return;
    // The packet that decides has its place all the same.
    while (!hold_.has_room(packet.payload.size()) && !hold_.empty())
        hold_.pop_front();
    hold_.insert(packet.begin, packet.end, packet.payload, arrival);
}

// Where another line has news, the feed goes on, unless what is held of the line is ahead of it.
Doubt Newcomers::doubt(const Sequencer& own) const noexcept {
    const bool is_ahead = streams_[kRestart].end > own.highest();
    if (began_again() && (own.highest() == begun_at_ || is_ahead)) return Doubt::began_again;
    return suspicion_.highest == own.highest() ? suspicion_.why : Doubt::none;
}

void Newcomers::note_publisher(const Packet& packet) noexcept {
    const auto known = std::ranges::find_if(publishers_, [&](const Publisher& each) {
        return each.address == packet.arrival.source && each.session == packet.header().session;
    });
    if (known != publishers_.end()) {
        ++known->packets;
    } else if (publishers_.size() < kPublishersMax) {
        publishers_.push_back({packet.arrival.source, packet.header().session, 1});
    }
}

void Newcomers::forget_candidate() noexcept {
    if (has_candidate()) streams_[candidate_] = {};
    candidate_ = kNobody;
    for (Stream& stream : streams_) {
        stream.steps = 0;  // what they lack is evidence against the new place
        stream.is_successor = false;
    }
    is_contradicted_ = false;
    backs_ = {};
    suspicion_ = {};
    begun_ = {};
}

void Newcomers::leave(const wire::mold::Session& session, std::uint64_t highest) noexcept {
    for (const Back& back : backs_)
        highest = std::max(highest, back.end);  // it may have begun anew meanwhile
    forget_left(session);
    if (over_.size() == kOverMax) over_.erase(over_.begin());
    over_.push_back({session, highest});
}

const Newcomers::Left* Newcomers::left(const wire::mold::Session& session) const noexcept {
    const auto found = std::ranges::find(over_, session, &Left::session);
    return found == over_.end() ? nullptr : &*found;
}

}  // namespace rxlab::rx
