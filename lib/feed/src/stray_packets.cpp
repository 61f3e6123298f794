// SPDX-License-Identifier: MIT
#include <rxlab/feed/stray_packets.hpp>

namespace rxlab::feed {

using wire::mold::Header;
using wire::mold::Session;

namespace {

// After which a packet that is the very same as before counts as a second one (a heartbeat does).
constexpr std::uint64_t kRepeat_ns = 50'000'000;

bool is_near(std::uint64_t from, std::uint64_t to) noexcept {
    return to <= from || to - from <= StrayPackets::kNeighbourhood;
}
bool is_same(const Header& a, const Header& b) noexcept {
    return a.session == b.session && a.sequence == b.sequence && a.message_count == b.message_count;
}

}  // namespace

StrayPackets::Verdict StrayPackets::take(std::span<const std::byte> payload, const Arrival& arrival,
                                         const Place& place) noexcept {
    const auto& header = wire::overlay<Header>(payload);
    const std::uint64_t end = end_of(header);
    const bool is_another = header.session != place.session;
    const Left* const over = is_another ? left(header.session) : nullptr;
    if (over != nullptr && (end == header.sequence || end <= over->highest)) {  // no news
        ++counters_.old_sessions;
        return Verdict::over;
    }
    Stream& stream = stream_of(header, over != nullptr);
    if (stream.packets_seen == 0 || stream.highest != place.highest) {  // news of the own session
        stream.armed = false;
        stream.steps = 0;
        stream.highest = place.highest;
    }
    if (end > stream.end) ++stream.steps;
    const bool is_copy = stream.armed && is_same(header, stream.armed_by) &&
                         arrival.now_ns - stream.armed_ns < kRepeat_ns;
    const bool is_confirmed = (is_another && place.ended) || (stream.armed && !is_copy);
    const bool believed = stream.steps >= kSteps || (over == nullptr && is_confirmed);
    stream.begin = std::min<std::uint64_t>(stream.begin, header.sequence);
    stream.end = std::max(stream.end, end);
    if (!is_copy || believed) keep(stream, {header.sequence, end, payload, arrival}, believed);
    if (believed) {
        if (over != nullptr) stream.begin = over->highest;
        believe(stream);
        return Verdict::believed;
    }
    ++(stream.is_over ? counters_.old_sessions : counters_.unconfirmed);
    ++stream.packets_seen;
    if (!stream.armed) {
        stream.armed = true;
        stream.armed_by = header;
        stream.armed_ns = arrival.now_ns;
    }
    return stream.is_over ? Verdict::over : Verdict::unconfirmed;
}

void StrayPackets::believe(Stream& stream) noexcept {
    (stream.is_over ? counters_.old_sessions : counters_.unconfirmed) -= stream.packets_seen;
    stream.packets_seen = 0;
    stream.last_used = 0;
    for (Stream& other : streams_) {  // what they lack is evidence against the new place
        other.armed = false;
        other.steps = 0;
    }
    believed_ = static_cast<std::size_t>(&stream - streams_.data());
    if (stream.is_over) forget_left(stream.session);
}

void StrayPackets::deny() noexcept {
    for (Stream& stream : streams_)
        stream.armed = false;
}

void StrayPackets::leave(const Session& session, std::uint64_t highest) noexcept {
    forget_left(session);
    if (over_count_ == over_.size()) forget_left(Session{over_.front().session});
    over_[over_count_++] = {session, highest};
}

const StrayPackets::Left* StrayPackets::left(const Session& session) const noexcept {
    for (std::size_t i = 0; i < over_count_; ++i) {
        if (over_[i].session == session) return &over_[i];
    }
    return nullptr;
}

void StrayPackets::forget_left(const Session& session) noexcept {
    const auto end = over_.begin() + static_cast<std::ptrdiff_t>(over_count_);
    const auto last = std::remove_if(over_.begin(), end,
                                     [&](const Left& each) { return each.session == session; });
    over_count_ -= static_cast<std::size_t>(end - last);
}

// The stream that the packet belongs to; else, in place of the one that was longest without a
// packet, a new one.
StrayPackets::Stream& StrayPackets::stream_of(const Header& header, bool is_over) noexcept {
    const std::uint64_t sequence = header.sequence;
    Stream* oldest = &streams_.front();
    for (Stream& stream : streams_) {
        if (stream.packets_seen != 0 && stream.session == header.session &&
            stream.is_over == is_over && is_near(stream.end, sequence) &&
            is_near(end_of(header), stream.begin)) {
            stream.last_used = ++uses_;
            return stream;
        }
        if (stream.last_used < oldest->last_used) oldest = &stream;
    }
    oldest->session = header.session;
    oldest->is_over = is_over;
    oldest->begin = oldest->end = sequence;
    oldest->packets_seen = 0;
    oldest->last_used = ++uses_;
    while (!oldest->packets.empty())
        oldest->packets.pop_front();
    return *oldest;
}

// Of packets without data what they say is enough, and of two copies one. Where there is no room
// the oldest messages go: who believes the stream later still joins it where it began, so that they
// are a gap.
void StrayPackets::keep(Stream& stream, PacketHold::Packet packet, bool believed) noexcept {
    if (packet.payload.size() > PacketHold::kPayloadBytesMax) return;
    if (!believed &&
        (packet.sequence == packet.end || stream.packets.holds(packet.sequence, packet.end)))
        return;
    if (stream.packets.full()) {
        stream.packets.pop_front();
        --stream.packets_seen;
    }
    packet.arrival.held = !believed;
    stream.packets.insert(packet);
}

}  // namespace rxlab::feed
