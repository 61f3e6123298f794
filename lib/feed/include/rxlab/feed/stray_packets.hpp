// SPDX-License-Identifier: MIT
//
// Packets that are not where their channel is, of another session or far ahead of all others, and
// what makes them believed: a damaged, late or foreign packet must not move a channel, for that
// empties the book. Believed is
// - a packet of another session after the end of the channel's own;
// - the second packet of one stream, where the channel's own session was not heard of in between
//   (its duplicates and late packets do not count). Heartbeats and ends of session are packets,
//   too; the very same packet is a second one after a twentieth of a second only;
// - a stream of 16 packets, each with messages behind those before, while of the own session
//   nothing but heartbeats came.
// A session that was left is over, until four others were left since: line B may still be there,
// and ends of session are repeated. It is believed again after 16 packets only, each with messages
// behind those before and behind all that was heard of it, without news of the own session in
// between, whether or not that has ended. Whatever else comes of it is no evidence.
//
// Until then data packets are kept, the last 16: what had to go, and what was missed while the
// session was left, lies between begin() and the first packet, and is a gap.
//
// All memory is allocated by the constructor. Time is passed in. Threading: one thread.
#pragma once

#include <rxlab/feed/packet_hold.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace rxlab::feed {

// One past the packet's last message; of packets without data, the sequence. A packet that runs
// past 2^64 ends there.
[[nodiscard]] inline std::uint64_t end_of(const wire::mold::Header& header) noexcept {
    const std::uint64_t sequence = header.sequence;
    const std::uint16_t count = header.message_count;
    if (count == wire::mold::kEndOfSession) return sequence;
    return sequence +
           std::min<std::uint64_t>(count, std::numeric_limits<std::uint64_t>::max() - sequence);
}

struct StrayCounters {
    std::uint64_t old_sessions = 0;  // packets of sessions that are over (and not believed again)
    // Packets of other sessions or from far ahead that were not believed (yet).
    std::uint64_t unconfirmed = 0;

    [[nodiscard]] std::uint64_t packets() const noexcept { return old_sessions + unconfirmed; }
    friend bool operator==(const StrayCounters&, const StrayCounters&) = default;
};

class StrayPackets {
  public:
    // Packets of the own session that are further ahead are strays: two seconds and a half of a
    // market open.
    static constexpr std::uint64_t kJumpMessagesMax = 1U << 20;
    // Two packets of one stream lie no further apart, in messages.
    static constexpr std::uint64_t kNeighbourhood = 4'096;
    // Streams that are looked at at a time, and packets that are kept of each: the last ones.
    static constexpr std::size_t kStreams = 4;
    static constexpr std::size_t kPacketsMax = 16;
    // So many packets with news are believed over heartbeats of the own session.
    static constexpr std::uint32_t kSteps = 16;
    static constexpr std::size_t kOverMax = 4;

    enum class Verdict : std::uint8_t { unconfirmed, over, believed };

    // Where the channel is.
    struct Place {
        wire::mold::Session session;
        std::uint64_t highest;  // one past the last message that it heard of
        bool ended;             // the session's end was announced
    };

    [[nodiscard]] static bool is_stray(const wire::mold::Header& header,
                                       const Place& place) noexcept {
        const std::uint64_t sequence = header.sequence;
        return header.session != place.session ||
               (sequence > place.highest && sequence - place.highest > kJumpMessagesMax);
    }

    // Takes a complete packet that is a stray. Where it is believed, the channel goes on with its
    // session from begin() on, and with the packets of release().
    [[nodiscard]] Verdict take(std::span<const std::byte> payload, const Arrival& arrival,
                               const Place& place) noexcept;
    // The lowest number that the believed stream spoke of (heartbeats, too); where the session had
    // been left, one past the last message that was heard of it then.
    [[nodiscard]] std::uint64_t begin() const noexcept { return streams_[believed_].begin; }
    // The session of the believed stream had been left.
    [[nodiscard]] bool came_back() const noexcept { return streams_[believed_].is_over; }
    // Calls `visitor(const PacketHold::Packet&)` for the packets of the believed stream, by number.
    // The one that made it believed is among them, not marked as held, unless it is longer than
    // PacketHold::kPayloadBytesMax.
    template <typename Visitor>
    void release(Visitor&& visitor) noexcept {
        PacketHold& packets = streams_[believed_].packets;
        for (; !packets.empty(); packets.pop_front())
            visitor(packets.front());
    }

    // The own session was heard of, though nothing new came: a heartbeat.
    void deny() noexcept;
    // The session is over; `highest` is one past the last message that was heard of it.
    void leave(const wire::mold::Session& session, std::uint64_t highest) noexcept;

    [[nodiscard]] const StrayCounters& counters() const noexcept { return counters_; }

  private:
    // Packets that lie side by side.
    struct Stream {
        wire::mold::Session session;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t packets_seen = 0;  // less those that had to go; 0: the place is free
        std::uint64_t last_used = 0;
        std::uint64_t highest = 0;  // of the channel's own session when the evidence began
        std::uint32_t steps = 0;    // packets with news since
        bool is_over = false;       // of a session that was left
        bool armed = false;         // one more packet makes it believed
        wire::mold::Header armed_by{};
        std::uint64_t armed_ns = 0;
        PacketHold packets{kPacketsMax};
    };

    struct Left {
        wire::mold::Session session;
        std::uint64_t highest = 0;
    };

    [[nodiscard]] const Left* left(const wire::mold::Session& session) const noexcept;
    void forget_left(const wire::mold::Session& session) noexcept;
    [[nodiscard]] Stream& stream_of(const wire::mold::Header& header, bool is_over) noexcept;
    void believe(Stream& stream) noexcept;
    static void keep(Stream& stream, PacketHold::Packet packet, bool believed) noexcept;

    std::array<Stream, kStreams> streams_;
    std::size_t believed_ = 0;  // index of the stream that was last
    std::uint64_t uses_ = 0;
    std::array<Left, kOverMax> over_{};  // the first over_count_, the oldest first
    std::size_t over_count_ = 0;
    StrayCounters counters_;
};

}  // namespace rxlab::feed
