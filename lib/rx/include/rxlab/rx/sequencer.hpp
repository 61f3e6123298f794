// SPDX-License-Identifier: MIT
//
// The one place that knows where a feed is: its MoldUDP64 session, the message that is next, what
// was heard of beyond it, who publishes each line. classify() says where a packet stands; what is
// done with one that is not next is the business of a policy (policy.hpp), and who is believed that
// of newcomers.hpp. It looks at headers only, allocates nothing after its constructor and never
// fails: whatever the input, the answer is a Place, and counters.
//
// A receiver may join at any time: the first packet, of whatever kind, sets the session and the
// next sequence number. Sequence numbers do not restart within a session, and 2^64 is not reached
// (a packet that runs past it is taken to end there).
// Threading: a Sequencer belongs to one thread.
#pragma once

#include <rxlab/wire/moldudp64.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace rxlab::rx {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::size_t kLines = 2;

// Every packet stands in exactly one place.
enum class Place : std::uint8_t {
    next,     // data that begins with the next message: the short way
    own,      // of the feed, but not so simple: not next, without data, or there is a Reason
    foreign,  // of another session, of another publisher, or so far ahead that it may be damaged
};

// One past the packet's last message by its header; of packets without data, the sequence. A packet
// that runs past 2^64 ends there.
[[nodiscard]] inline std::uint64_t end_of(const wire::mold::Header& header) noexcept {
    const std::uint64_t sequence = header.sequence;
    const std::uint16_t count = header.message_count;
    if (count == wire::mold::kEndOfSession) return sequence;
    return sequence + std::min<std::uint64_t>(count, kNever - sequence);
}

struct SequenceCounters {
    std::uint64_t packets = 0;   // with data, duplicate and late ones included
    std::uint64_t messages = 0;  // in those packets, as far as they could be read
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

    friend bool operator==(const SequenceCounters&, const SequenceCounters&) = default;
};

class Sequencer {
  public:
    Sequencer() { open_.reserve(kOpenGapsMax + 1); }
    Sequencer(const Sequencer&) = delete;  // a copy's memory would not be reserved
    Sequencer(Sequencer&&) = default;

    // Open gaps that are remembered, so that late packets are told from duplicates. When there are
    // more, the oldest is forgotten.
    static constexpr std::size_t kOpenGapsMax = 64;
    // Packets of the own session that are further ahead are not believed at once: two seconds and a
    // half of a market open.
    static constexpr std::uint64_t kJumpMessagesMax = 1U << 20;

    // Why packets that are next must not take the short way.
    enum Reason : std::uint8_t {
        waiting = 1,   // something is missing, or held, or two lines are compared
        told_end = 2,  // the end of the session was announced: data revokes it
        in_doubt = 4,  // the sequence may have begun anew
        near_end = 8,  // of the numbers there are: nobody looks at overflow in the short way
    };

    // Where the packet stands. `source`: its sender's address, 0: not known.
    // [snippet: sequence-check]
    [[nodiscard]] Place classify(const wire::mold::Header& header, std::uint32_t source = 0,
                                 std::uint8_t line = 0) const noexcept {
        const auto is_data = static_cast<std::uint16_t>(header.message_count - 1) < 0xfffe;
        if (header.sequence == next_ && differs(header.session, source, line) == 0 && is_data)
            [[likely]]
            return Place::next;
        return classify_other(header, source, line);
    }
    // Takes a packet that classify() has called next: nearly every one.
    void advance(const wire::mold::Header& header) noexcept {
        next_ = header.sequence + header.message_count;
        ++counters_.packets;
    }
    // [end: sequence-check]
    void set(Reason reason, bool on) noexcept {
        const std::uint64_t bit = std::uint64_t{reason} << kReasons;
        back_ = on ? back_ | bit : back_ & ~bit;
    }

    // The packet that was advanced to ended early: of its messages only those before `read` could
    // be read. What it promised beyond them is missing until it comes.
    void cut_short(std::uint64_t read) noexcept {
        heard_of_ = std::max(heard_of_, next_);
        next_ = read;
    }
    // Data up to `end` whose new messages begin with the next one. Returns how many at its front
    // are not new.
    std::uint16_t take(std::uint64_t begin, std::uint64_t end) noexcept;
    // Data from before the next message. True where it fills something that was missed (it is late,
    // not a duplicate).
    bool take_old(std::uint64_t begin, std::uint64_t end) noexcept;
    void count_heartbeat() noexcept { ++counters_.heartbeats; }
    // The session ends before `sequence`.
    void announce_end(std::uint64_t sequence) noexcept;
    // Messages before `sequence` were sent. One beyond the announced end speaks against that.
    void announce(std::uint64_t sequence) noexcept {
        heard_of_ = std::max(heard_of_, sequence);
        if (sequence > end_at_) set_end(kNever);
    }
    void forget_announced() noexcept { heard_of_ = 0; }
    // The messages before `sequence` will not come: a gap. Returns how many.
    std::uint64_t skip_to(std::uint64_t sequence) noexcept;
    // The next new message is `sequence`, of this session, whatever was expected: what lies between
    // is neither missed nor a gap (a snapshot holds it).
    void join(const wire::mold::Session& session, std::uint64_t sequence) noexcept;
    // What a receiver does that steps over what is missing, with a header that is believed.
    void accept(const wire::mold::Header& header) noexcept;

    [[nodiscard]] SequenceCounters counters() const noexcept;
    // Messages that came in order, over all sessions.
    [[nodiscard]] std::uint64_t delivered() const noexcept { return before_ + (next_ - base_); }
    // The number that the next new message has; 0 before the first packet.
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
    // One past the last message that was heard of.
    [[nodiscard]] std::uint64_t highest() const noexcept { return std::max(next_, heard_of_); }
    // The session's first message that was expected.
    [[nodiscard]] std::uint64_t joined() const noexcept { return joined_; }
    [[nodiscard]] bool started() const noexcept { return started_; }
    // With data, of the session.
    [[nodiscard]] std::uint64_t session_packets() const noexcept {
        return counters_.packets - packets_before_;
    }
    // All zero bytes before the first packet.
    [[nodiscard]] const wire::mold::Session& session() const noexcept { return session_; }
    // The session's end was announced, and all messages before it came or were given up.
    [[nodiscard]] bool ended() const noexcept { return next_ >= end_at_; }
    [[nodiscard]] bool end_announced() const noexcept { return end_at_ != kNever; }

    // The publisher of a line; 0: not known yet.
    [[nodiscard]] std::uint32_t source(std::uint8_t line) const noexcept { return sources_[line]; }
    void set_source(std::uint8_t line, std::uint32_t source) noexcept { sources_[line] = source; }
    [[nodiscard]] bool is_foreign_source(std::uint32_t source, std::uint8_t line) const noexcept {
        return source != sources_[line] && source != 0 && sources_[line] != 0;
    }

  private:
    static constexpr int kReasons = 16;  // where they begin in back_

    // Message numbers [begin, end), not empty.
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };

    // 0: this session, from this publisher, and nothing keeps packets from the short way. Ten bytes
    // are two loads and no branch, where memcmp makes two.
    [[nodiscard]] std::uint64_t differs(const wire::mold::Session& session, std::uint32_t source,
                                        std::uint8_t line) const noexcept {
        std::uint64_t front;
        std::uint16_t back;
        static_assert(sizeof front + sizeof back == sizeof session);
        std::memcpy(&front, &session, sizeof front);
        std::memcpy(&back, reinterpret_cast<const std::byte*>(&session) + sizeof front,
                    sizeof back);
        return (front ^ front_) | (back ^ back_) | (source ^ sources_[line]);
    }
    [[nodiscard]] Place classify_other(const wire::mold::Header& header, std::uint32_t source,
                                       std::uint8_t line) const noexcept;
    // What comes from before the next message: returns how many fill open gaps, and closes those;
    // they are late, the others duplicates.
    std::uint64_t fill(Range range) noexcept;
    void move_to(std::uint64_t next) noexcept {
        next_ = next;
        set(near_end, next > kNever - (std::uint64_t{1} << 48));
    }
    void set_end(std::uint64_t end) noexcept {
        end_at_ = end;
        set(told_end, end != kNever);
    }
    void insert_open(std::size_t at, Range range) noexcept;

    std::uint64_t next_ = 0;
    std::uint64_t front_ = 0;  // the session's first eight bytes
    std::uint64_t back_ = 0;   // its last two, and behind them the reasons
    std::array<std::uint32_t, kLines> sources_{};
    SequenceCounters counters_;         // but for messages
    std::uint64_t base_ = 0;            // next_, had nothing come
    std::uint64_t before_ = 0;          // messages that came in order before
    std::uint64_t packets_before_ = 0;  // of other sessions
    std::uint64_t heard_of_ = 0;
    std::uint64_t end_at_ = kNever;
    std::uint64_t joined_ = 0;
    bool started_ = false;
    wire::mold::Session session_{std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10}};
    std::vector<Range> open_;  // ascending and disjoint
};

}  // namespace rxlab::rx
