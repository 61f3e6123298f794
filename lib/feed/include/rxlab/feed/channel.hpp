// SPDX-License-Identifier: MIT
//
// The sequence state of one MoldUDP64 channel: for each packet, whether its messages are new,
// received before, late, or ahead of messages that are missing. A Channel looks at headers only; it
// believes a header's message count even where the packet turns out to be cut short. It allocates
// nothing and never fails: whatever the input, the answer is a Verdict and counters.
//
// A receiver may join at any time: the first packet, of whatever kind, sets the session and the
// expected sequence number. Another session restarts the state with the packet that carries it
// (counters go on): who must not believe a single packet asks StrayPackets first. Sequence numbers
// do not restart within a session, and 2^64 is not reached (a packet that runs past it is taken to
// end there).
// Threading: a Channel belongs to one thread.
#pragma once

#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rxlab::feed {

// Every packet is of exactly one kind.
enum class PacketKind : std::uint8_t {
    // Data whose new messages start at the expected one. With Verdict::skip > 0 the packet began
    // with messages from before it (an overlap): those are counted as duplicate or, where they fill
    // a gap, as late, and the rest of the packet is in order.
    in_order,
    gap,             // data ahead of the expected message; Verdict::missing messages were skipped
    duplicate,       // data that was received before, all of it
    late,            // data from before the expected message that fills (part of) a gap
    heartbeat,       // no data; Verdict::missing > 0 tells of messages lost before it
    end_of_session,  // likewise
};

struct Verdict {
    PacketKind kind;
    bool session_changed = false;  // the packet is the first of another session
    // Messages at the front of the packet that are not new. In order: those before the expected
    // one. Late: those before the first that fills a gap; further ones may have been received
    // before, too. Duplicate: all. Else 0.
    std::uint16_t skip = 0;
    std::uint64_t missing = 0;  // messages between the expected one and this packet
};

struct ChannelCounters {
    std::uint64_t packets = 0;   // with data, duplicate and late ones included
    std::uint64_t messages = 0;  // in those packets
    std::uint64_t heartbeats = 0;
    std::uint64_t ends_of_session = 0;  // the packet is repeated for a while
    std::uint64_t gaps = 0;             // each run of missing messages, when it is noticed
    std::uint64_t missed_messages = 0;  // in gaps, less those that came late: never received
    std::uint64_t duplicate_packets = 0;
    std::uint64_t duplicate_messages = 0;  // in packets of any kind
    std::uint64_t late_packets = 0;
    std::uint64_t late_messages = 0;    // in packets of any kind
    std::uint64_t overlap_packets = 0;  // in order, with messages from before in front
    std::uint64_t session_changes = 0;
    std::uint64_t gaps_forgotten = 0;  // what fills these is taken for a duplicate

    friend bool operator==(const ChannelCounters&, const ChannelCounters&) = default;
};

class Channel {
  public:
    // Open gaps that are remembered, so that late packets are told from duplicates. When there are
    // more, the oldest is forgotten.
    static constexpr std::size_t kOpenGapsMax = 64;

    // Takes the header of the next packet if it is data in order, without an overlap: nearly every
    // packet. False, and nothing changed, for any other.
    // [snippet: sequence-check]
    [[nodiscard]] bool accept_in_order(const wire::mold::Header& header) noexcept {
        const std::uint16_t count = header.message_count;
        const std::uint64_t sequence = header.sequence;
        const std::uint64_t end = sequence + count;  // beyond `sequence`: no heartbeat, no overflow
        if (sequence != next_ || !is_current(header.session) || end <= sequence ||
            count == wire::mold::kEndOfSession) [[unlikely]]
            return false;
        next_ = end;
        ++counters_.packets;
        counters_.messages += count;
        return true;
    }
    // [end: sequence-check]

    // Takes the header of the next packet, as received.
    Verdict accept(const wire::mold::Header& header) noexcept {
        if (accept_in_order(header)) [[likely]]
            return {PacketKind::in_order};
        return accept_other(header);
    }
    // The next new message is `sequence`, of this session, whatever was expected: what lies between
    // is neither missed nor a gap (a snapshot holds it).
    void join(const wire::mold::Session& session, std::uint64_t sequence) noexcept;
    // The messages before `sequence` will not come: a gap, as a packet behind it would show it.
    void lose_before(std::uint64_t sequence) noexcept { skip_to(sequence); }

    [[nodiscard]] const ChannelCounters& counters() const noexcept { return counters_; }
    // The number that the next new message has; 0 before the first packet.
    [[nodiscard]] std::uint64_t next_sequence() const noexcept { return next_; }
    // A session is known: from join(), or from whatever came first.
    [[nodiscard]] bool started() const noexcept {
        return joined_explicitly_ ||
               (counters_.packets | counters_.heartbeats | counters_.ends_of_session) != 0;
    }
    // All zero bytes before the first packet.
    [[nodiscard]] const wire::mold::Session& session() const noexcept { return session_; }
    // The session's end was announced (and no other session has begun).
    [[nodiscard]] bool ended() const noexcept { return ended_; }

  private:
    // Message numbers [begin, end), not empty.
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };

    // Ten bytes: two loads and one branch, where memcmp makes two.
    [[nodiscard]] bool is_current(const wire::mold::Session& session) const noexcept {
        const auto load = [](const wire::mold::Session& from, auto& front, auto& back) {
            static_assert(sizeof(front) + sizeof(back) == sizeof(from));
            std::memcpy(&front, &from, sizeof(front));
            std::memcpy(&back, reinterpret_cast<const std::byte*>(&from) + sizeof(front),
                        sizeof(back));
        };
        std::uint64_t front[2];
        std::uint16_t back[2];
        load(session, front[0], back[0]);
        load(session_, front[1], back[1]);
        return ((front[0] ^ front[1]) | static_cast<std::uint64_t>(back[0] ^ back[1])) == 0;
    }
    // All but the in-order packet.
    Verdict accept_other(const wire::mold::Header& header) noexcept;
    Verdict accept_data(std::uint64_t sequence, std::uint16_t count) noexcept;
    // Returns how many of [begin, end) fill open gaps, and closes those; `first` is the lowest.
    std::uint64_t fill(Range range, std::uint64_t& first) noexcept;
    // Moves on to `sequence`; returns the number of messages skipped.
    std::uint64_t skip_to(std::uint64_t sequence) noexcept;
    void begin_session(const wire::mold::Session& session, std::uint64_t sequence) noexcept;
    void insert_open(std::size_t at, Range range) noexcept;
    void erase_open(std::size_t at) noexcept;

    std::uint64_t next_ = 0;
    wire::mold::Session session_{std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10}};
    bool ended_ = false;
    bool joined_explicitly_ = false;
    ChannelCounters counters_;
    std::uint64_t joined_ = 0;  // messages before this one were never expected
    std::size_t open_count_ = 0;
    // Ascending and disjoint; the first open_count_ are valid.
    std::array<Range, kOpenGapsMax> open_{};
};

}  // namespace rxlab::feed
