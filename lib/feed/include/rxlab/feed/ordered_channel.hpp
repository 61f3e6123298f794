// SPDX-License-Identifier: MIT
//
// One MoldUDP64 channel whose messages come out in order, each once, however its packets arrive:
// out of order, twice, on two lines, with gaps that a re-request server fills, after a snapshot. It
// holds what is early, says what to ask for, and declares lost what does not come. It stands before
// a Channel, which then sees a feed without fault, or with exactly the declared losses.
// docs/gaps-and-recovery.md has its states.
//
// Not every packet is believed: stray_packets.hpp says what it takes. What cannot be checked here
// is that a packet is complete (wire::mold::is_complete does): the caller leaves out others.
//
// All memory is allocated by the constructor. Time is passed in. Threading: one thread.
#pragma once

#include <rxlab/feed/missing_ranges.hpp>
#include <rxlab/feed/packet_hold.hpp>
#include <rxlab/feed/stray_packets.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rxlab::feed {

struct OrderedOptions {
    std::size_t hold_packets = 16'384;
    std::uint64_t gap_wait_ns = 1'000'000;  // from the moment a gap is noticed until it is declared
    bool recover = false;                   // gaps are asked for; else they are declared lost
    bool snapshot = false;                  // start with one, and take another after a loss
    // The session's first message: what is missing from there on is a gap. Unset: the feed is
    // joined with whatever packet comes first.
    std::optional<std::uint64_t> first_sequence;
    RequestOptions requests;
};

// What is known about the book that the messages make. Any message may be about any symbol, so this
// holds for all symbols of the channel.
enum class Freshness : std::uint8_t {
    current,  // every message up to next_sequence() was delivered, and no later one is known
    behind,   // messages are missing, or a snapshot is awaited; what came later is held
    // Messages were declared lost, or were delivered before the session was left and came back, and
    // are in no book since. Only a snapshot ends it, or another session.
    stale,
};

enum class Taken : std::uint8_t {
    delivered,  // to the sink; with it, perhaps, packets that were held
    held,
    control,    // a heartbeat or an end of session
    old,        // all its messages lie before next_sequence(): a duplicate, or too late
    duplicate,  // of what is held
    ignored,    // counted in OrderedCounters or StrayCounters
};

// Messages. From the first expected one to the last that the channel heard of, each is in exactly
// one of the four, once finish() was called: expected == delivered + recovered + lost +
// by_snapshot.
struct Ledger {
    std::uint64_t expected = 0;
    std::uint64_t delivered = 0;    // from the lines
    std::uint64_t recovered = 0;    // from a re-request server
    std::uint64_t lost = 0;         // declared so; some may have come too late
    std::uint64_t by_snapshot = 0;  // a snapshot held their effect
    std::uint64_t duplicates = 0;   // of messages that were held, and useless answers

    [[nodiscard]] bool closes() const noexcept {
        return expected == delivered + recovered + lost + by_snapshot;
    }
    friend bool operator==(const Ledger&, const Ledger&) = default;
};

struct OrderedCounters {
    std::uint64_t held_packets = 0;  // that had to wait
    std::uint64_t held_max = 0;      // at the same time
    std::uint64_t hold_full = 0;     // gaps given up, or packets dropped, because the hold was full
    std::uint64_t too_long = 0;     // packets that no slot of the hold can take; as if not received
    std::uint64_t resets = 0;       // the sequence began anew within the session
    std::uint64_t resets_full = 0;  // packets that showed a reset and found no room to wait
    std::uint64_t early_heartbeats = 0;   // which told of messages that were missing then
    std::uint64_t answers = 0;            // packets
    std::uint64_t useless_answers = 0;    // of those, without a message that was missing
    std::uint64_t episodes = 0;           // times that messages were missing, or a snapshot awaited
    std::uint64_t declared_episodes = 0;  // of those, with a gap that outlasted the wait
    std::uint64_t snapshots = 0;          // joined with
    std::uint64_t snapshots_too_old = 0;
    std::uint64_t snapshots_too_new = 0;  // so far ahead of the feed that it cannot be

    friend bool operator==(const OrderedCounters&, const OrderedCounters&) = default;
};

// Takes what a channel delivers. Called from within its functions.
class OrderedSink {
  public:
    OrderedSink() = default;
    OrderedSink(const OrderedSink&) = delete;
    OrderedSink& operator=(const OrderedSink&) = delete;
    virtual ~OrderedSink() = default;

    // A packet whose turn it is: data from next_sequence() on (an overlap may begin before it), a
    // heartbeat or an end of session.
    virtual void deliver(std::span<const std::byte> payload, const Arrival& arrival) noexcept = 0;
    // The messages before `sequence` are lost; it will be next.
    virtual void skip_to(std::uint64_t sequence) noexcept = 0;
    // What was delivered so far belongs to a session that is over, or to before a reset of the
    // sequence: nothing of it is in the book that begins with the join() that follows.
    virtual void begin_anew() noexcept = 0;
    // The session, and the number of the message that is next: at the start, with another session,
    // after a snapshot.
    virtual void join(const wire::mold::Session& session, std::uint64_t sequence) noexcept = 0;
};

class OrderedChannel {
  public:
    // A snapshot further ahead of the feed is not believed.
    static constexpr std::uint64_t kJumpMessagesMax = StrayPackets::kJumpMessagesMax;
    // A sequence reset is believed after so many packets from the past, each behind the one before,
    // while nothing new came for so long. They are kept meanwhile (kResetHoldPackets at most, and
    // no more than OrderedOptions::hold_packets), and are the first of what follows.
    static constexpr std::uint32_t kResetPackets = 16;
    static constexpr std::uint64_t kResetSilence_ns = 1'000'000'000;
    static constexpr std::size_t kResetHoldPackets = 4'096;

    explicit OrderedChannel(const OrderedOptions& options);

    // The ordinary case, without take(): true where the packet is data whose turn it is and nothing
    // is held or missing. It then counts as delivered.
    [[nodiscard]] bool in_order(const wire::mold::Header& header) noexcept {
        const std::uint16_t count = header.message_count;
        const std::uint64_t sequence = header.sequence;
        const std::uint64_t end = sequence + count;
        if (sequence != next_ || !quiet_ || end <= sequence || count == wire::mold::kEndOfSession ||
            header.session != session_) {
            return false;
        }
        next_ = highest_ = end;
        ledger_.delivered += count;
        return true;
    }
    // Any complete packet (at least a header).
    Taken take(std::span<const std::byte> payload, const Arrival& arrival,
               OrderedSink& sink) noexcept;

    // When poll() or next_request() has something to do; kNever where they have not.
    [[nodiscard]] std::uint64_t due_ns() const noexcept { return due_ns_; }
    void poll(std::uint64_t now_ns, OrderedSink& sink) noexcept;
    // Call it after poll(), until it returns nothing.
    [[nodiscard]] std::optional<Request> next_request(std::uint64_t now_ns) noexcept;

    // A snapshot is wanted: once for each, from the moment the session is known.
    [[nodiscard]] bool take_snapshot_wish() noexcept;
    // The book was replaced by a snapshot; `sequence` is the first message that is not in it.
    // False where it is older than a loss, far ahead of the feed, or of another session: nothing
    // has changed then, and it must not be used.
    [[nodiscard]] bool snapshot_fits(const wire::mold::Session& session,
                                     std::uint64_t sequence) noexcept;
    void join_snapshot(std::uint64_t sequence, std::uint64_t now_ns, OrderedSink& sink) noexcept;
    // There will be none: goes on with what is held, and is stale.
    void snapshot_failed(std::uint64_t now_ns, OrderedSink& sink) noexcept;

    // The run is over: what is missing is declared lost, what is held is delivered.
    void finish(std::uint64_t now_ns, OrderedSink& sink) noexcept;

    [[nodiscard]] std::uint64_t next_sequence() const noexcept { return next_; }
    [[nodiscard]] const wire::mold::Session& session() const noexcept { return session_; }
    [[nodiscard]] Freshness freshness() const noexcept {
        if (stale_) return Freshness::stale;
        return quiet_ ? Freshness::current : Freshness::behind;
    }
    [[nodiscard]] bool awaits_snapshot() const noexcept { return joining_; }
    [[nodiscard]] std::size_t held() const noexcept { return hold_.size(); }
    [[nodiscard]] Ledger ledger() const noexcept;
    [[nodiscard]] const OrderedCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] const StrayCounters& strays() const noexcept { return strays_.counters(); }
    [[nodiscard]] const MissingCounters& missing_counters() const noexcept {
        return missing_.counters();
    }
    // How long the last episode was, from the moment it was noticed to the moment the book was
    // complete again (or the loss declared), and whether a gap was declared in it.
    [[nodiscard]] std::uint64_t last_episode_ns() const noexcept { return last_episode_ns_; }
    [[nodiscard]] bool last_episode_declared() const noexcept { return last_declared_; }

  private:
    struct Data {
        std::uint64_t begin;
        std::uint64_t end;
        std::span<const std::byte> payload;
        const Arrival& arrival;
    };

    void start(const wire::mold::Header& header, std::uint64_t now_ns, OrderedSink& sink) noexcept;
    void begin_session(const wire::mold::Session& session, std::uint64_t sequence,
                       std::uint64_t now_ns, OrderedSink& sink) noexcept;
    void resume_session(const wire::mold::Session& session, std::uint64_t sequence,
                        std::uint64_t now_ns, OrderedSink& sink) noexcept;
    void join_session(const wire::mold::Session& session, std::uint64_t sequence,
                      std::uint64_t now_ns, OrderedSink& sink) noexcept;
    void close_session(std::uint64_t now_ns, OrderedSink& sink) noexcept;
    Taken take_stray(const Data& data, const StrayPackets::Place& place,
                     OrderedSink& sink) noexcept;
    Taken take_current(const Data& data, OrderedSink& sink) noexcept;
    Taken take_control(const Data& data, OrderedSink& sink) noexcept;
    Taken take_data(const Data& data, OrderedSink& sink) noexcept;
    Taken take_early(const Data& data, OrderedSink& sink) noexcept;
    Taken take_while_joining(const Data& data) noexcept;
    Taken take_old(const Data& data, OrderedSink& sink) noexcept;
    bool note_past(const Data& data) noexcept;
    Taken reset(const Data& data, bool kept, OrderedSink& sink) noexcept;
    Taken take_again(const Data& data, OrderedSink& sink) noexcept;
    void hold(const Data& data) noexcept;
    void deliver(const Data& data, OrderedSink& sink) noexcept;
    // Nothing from `limit` on is declared lost.
    void drain(std::uint64_t now_ns, OrderedSink& sink, std::uint64_t limit = kNever) noexcept;
    bool pass_front_gap(OrderedSink& sink, std::uint64_t limit) noexcept;
    void lose_up_to(std::uint64_t sequence, OrderedSink& sink) noexcept;
    void find_missing(std::uint64_t now_ns) noexcept;
    void await_snapshot() noexcept;
    void update(std::uint64_t now_ns) noexcept;

    OrderedOptions options_;
    wire::mold::Session session_{std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10}};
    std::uint64_t next_ = 0;     // to be delivered
    std::uint64_t highest_ = 0;  // one past the last message that was heard of
    bool quiet_ = false;         // nothing is held, missing or awaited
    bool started_ = false;
    bool joining_ = false;
    bool stale_ = false;
    bool snapshot_wish_ = false;
    std::uint64_t joined_ = 0;  // this session's first expected message
    std::uint64_t due_ns_ = kNever;
    PacketHold hold_;
    MissingRanges missing_;

    StrayPackets strays_;
    std::optional<wire::mold::Header> end_of_session_;  // ahead of what was delivered
    bool end_announced_ = false;

    // Packets from the past, each behind the one before, since the last new one.
    struct Past {
        std::uint32_t packets = 0;
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t since_ns = 0;
        std::uint64_t highest = 0;  // of what was new
        std::uint64_t full = 0;
    };
    Past past_;
    PacketHold past_packets_;

    std::uint64_t episode_since_ns_ = 0;
    std::uint64_t episode_declared_before_ = 0;
    bool in_episode_ = false;
    std::uint64_t last_episode_ns_ = 0;
    bool last_declared_ = false;
    Ledger ledger_;
    OrderedCounters counters_;
};

}  // namespace rxlab::feed
