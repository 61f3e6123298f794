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
    const bool is_another = header.session != place.session;
    if (is_another && is_over(header.session)) {
        ++counters_.old_sessions;
        return Verdict::over;
    }
    Stream& stream = stream_of(header);
    if (stream.packets_seen == 0 || stream.highest != place.highest) {  // news of the own session
        stream.armed = false;
        stream.steps = 0;
        stream.highest = place.highest;
    }
    const std::uint64_t end = end_of(header);
    if (end > stream.end) ++stream.steps;
    const bool is_copy = stream.armed && is_same(header, stream.armed_by) &&
                         arrival.now_ns - stream.armed_ns < kRepeat_ns;
    const bool believed =
        (is_another && place.ended) || (stream.armed && !is_copy) || stream.steps >= kSteps;
    stream.begin = std::min<std::uint64_t>(stream.begin, header.sequence);
    stream.end = std::max(stream.end, end);
    if (!is_copy || believed) keep(stream, {header.sequence, end, payload, arrival}, believed);
    if (believed) {
        counters_.unconfirmed -= stream.packets_seen;
        stream.packets_seen = 0;
        stream.last_used = 0;
        for (Stream& other : streams_) {  // what they lack is evidence against the new place
            other.armed = false;
            other.steps = 0;
        }
        believed_ = static_cast<std::size_t>(&stream - streams_.data());
        return Verdict::believed;
    }
    ++counters_.unconfirmed;
    ++stream.packets_seen;
    if (!stream.armed) {
        stream.armed = true;
        stream.armed_by = header;
        stream.armed_ns = arrival.now_ns;
    }
    return Verdict::unconfirmed;
}

void StrayPackets::deny() noexcept {
    for (Stream& stream : streams_)
        stream.armed = false;
}

bool StrayPackets::is_over(const Session& session) const noexcept {
    const auto end =
        over_.begin() + static_cast<std::ptrdiff_t>(std::min(over_count_, over_.size()));
    return std::find(over_.begin(), end, session) != end;
}

// The stream that the packet belongs to; else, in place of the one that was longest without a
// packet, a new one.
StrayPackets::Stream& StrayPackets::stream_of(const Header& header) noexcept {
    const std::uint64_t sequence = header.sequence;
    Stream* oldest = &streams_.front();
    for (Stream& stream : streams_) {
        if (stream.packets_seen != 0 && stream.session == header.session &&
            is_near(stream.end, sequence) && is_near(end_of(header), stream.begin)) {
            stream.last_used = ++uses_;
            return stream;
        }
        if (stream.last_used < oldest->last_used) oldest = &stream;
    }
    oldest->session = header.session;
    oldest->begin = oldest->end = sequence;
    oldest->packets_seen = 0;
    oldest->last_used = ++uses_;
    while (!oldest->packets.empty())
        oldest->packets.pop_front();
    return *oldest;
}

// Of packets without data what they say is enough. Where there is no room the oldest messages go:
// who believes the stream later joins it where it is then.
void StrayPackets::keep(Stream& stream, PacketHold::Packet packet, bool believed) noexcept {
    if (packet.payload.size() > PacketHold::kPayloadBytesMax) return;
    if (packet.sequence == packet.end && !believed) return;
    if (stream.packets.full()) {
        stream.packets.pop_front();
        --stream.packets_seen;
        stream.begin = std::min(packet.sequence, stream.packets.front().sequence);
    }
    packet.arrival.held = !believed;
    stream.packets.insert(packet);
}

}  // namespace rxlab::feed
