// SPDX-License-Identifier: MIT
//
// Packets that are not where their feed is: of another session, of another publisher, far ahead, or
// from the past, as after a restart. Nothing of it may destroy a book that is complete. So a
// newcomer's packets are held, as far as there is room, and doubt() says what speaks against the
// book until there is news of the feed. docs/gaps-and-recovery.md ("Who is believed") says when the
// feed goes over to a newcomer: where take() says so, or somebody who knows, a snapshot server or
// the operator (Pipeline::go_over()). A sequence that begins anew cannot be told from a replay:
// nothing here believes it. Once a line has repeated its session, as goes_back() counts it, what
// comes on that line is held.
//
// Packets of a session that was left are old, unless they bring news. Publishers are told apart by
// address; where none is known (0), all are one.
// All memory is allocated by the constructor. Time is passed in. Threading: one thread.
#pragma once

#include <rxlab/rx/packet.hpp>
#include <rxlab/rx/packet_hold.hpp>
#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rxlab::rx {

// Why a book cannot be confirmed.
enum class Doubt : std::uint8_t {
    none,
    silence,          // nothing was heard of the feed for too long
    another_session,  // is heard, and the own one is not, though it has not ended
    another_source,   // goes on with the session
    began_again,      // the sequence, or somebody replays it
    far_ahead,        // packets that were not believed
};
[[nodiscard]] std::string_view to_string(Doubt doubt) noexcept;

// Packets, heartbeats and ends of session included.
struct NewcomerCounters {
    std::uint64_t old_sessions = 0;  // of sessions that are over
    std::uint64_t foreign = 0;       // others that were not believed
    std::uint64_t without_room = 0;  // of those, not held: what they bring is missing if believed

    [[nodiscard]] std::uint64_t packets() const noexcept { return old_sessions + foreign; }
};

// Who else speaks to the group.
struct Publisher {
    std::uint32_t address = 0;  // 0: not known
    wire::mold::Session session;
    std::uint64_t packets = 0;
};

class Newcomers {
  public:
    static constexpr std::size_t kPacketsMax = 1'024;  // that are held, unless said otherwise
    static constexpr std::size_t kStreams = 4;         // that are looked at at a time
    static constexpr std::size_t kOverMax = 4;         // sessions that are remembered as over
    static constexpr std::size_t kPublishersMax = 8;   // that are reported
    // MoldUDP64's publishers send a heartbeat after a second; one of them may be lost.
    static constexpr std::uint64_t kSourceSilence_ns = 2'500'000'000;
    static constexpr std::uint64_t kEstablished = 16;
    // Copies that a network makes come sooner than a publisher that began anew.
    static constexpr std::uint64_t kRestart_ns = 100'000'000;
    // After so long a candidate of which nothing more was heard gives way to another.
    static constexpr std::uint64_t kForgotten_ns = 1'000'000'000;

    // Where the feed is.
    struct Own {
        const Sequencer& sequencer;
        std::uint64_t heard_ns;       // when its publishers last said something, on any line
        std::uint64_t line_heard_ns;  // when the packet's line last said what is not old
        std::uint64_t line_spoke_ns;  // or anything
        std::uint64_t line_next;      // the line's own next message; 0: not known yet
    };

    // Packets of one session, from one publisher on each line.
    struct Stream {
        wire::mold::Session session;
        std::array<std::uint32_t, kLines> sources{};  // 0: not known
        Doubt why = Doubt::another_session;           // what it makes of the book
        bool is_successor = false;  // first heard after the end of the own session
        bool has_ended = false;
        std::uint64_t packets = 0;  // 0: the place is free
        std::uint64_t steps = 0;    // packets with news since the own session's
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t last_ns = 0;
        std::uint64_t highest = 0;                 // of the own session at the last packet
        std::array<std::uint64_t, kLines> ends{};  // of what each line has said

        // It says its beginning again, after longer than copies take.
        [[nodiscard]] bool begins_anew(const Packet& packet) const noexcept {
            return packet.is_data() && packet.promised <= ends[packet.arrival.id.line] &&
                   packet.begin <= begin + (end - begin) / 8 &&
                   packet.arrival.now_ns >= last_ns + kRestart_ns;
        }
    };

    // `restricted`: of these lines the publishers are given, and no other is ever followed.
    explicit Newcomers(std::array<bool, kLines> restricted = {}, std::size_t packets = kPacketsMax)
        : restricted_{restricted}, hold_{packets} {
        over_.reserve(kOverMax);
        publishers_.reserve(kPublishersMax);
    }

    // A packet that Sequencer::classify() calls foreign. True: the feed goes on with the candidate,
    // whose packets release() gives out, this one among them.
    [[nodiscard]] bool take(const Packet& packet, const Own& own) noexcept;
    // A packet of the feed's place that begins before the next message: a duplicate, a heartbeat or
    // an end with an older number.
    void note_old(const Packet& packet, const Own& own) noexcept;
    // There is news of the feed.
    void deny() noexcept {
        suspicion_ = {};
        is_contradicted_ = true;
        for (Stream& stream : streams_)
            stream.steps = 0;
    }
    // A heartbeat or an end of the feed's place, with its number.
    void deny(std::uint8_t line) noexcept {
        deny();
        backs_[line] = {};
    }
    // A line's sequence has begun anew, for all that can be seen: hold() what comes of it.
    [[nodiscard]] bool began_again(std::uint8_t line) const noexcept {
        return begun_[line] || (began_again() && backs_[line].steps >= 2);
    }
    [[nodiscard]] bool began_again() const noexcept { return begun_[0] || begun_[1]; }
    // It has not, because the line goes on saying a number that what began anew has not reached.
    [[nodiscard]] bool refute(const Packet& packet, const Sequencer& own) noexcept;
    // And what began anew has ended, and nothing else is heard of the feed.
    [[nodiscard]] bool ended_again() const noexcept {
        return began_again() && suspicion_.why == Doubt::began_again && candidate_ == kRestart &&
               candidate().has_ended;
    }
    void hold(const Packet& packet) noexcept;

    // What speaks against the book, silence apart.
    [[nodiscard]] Doubt doubt(const Sequencer& own) const noexcept;
    // There is somebody to go over to.
    [[nodiscard]] bool has_candidate() const noexcept { return candidate_ != kNobody; }
    // And it speaks against the book: not a mere duplicate.
    [[nodiscard]] bool is_candidate_serious(const Sequencer& own) const noexcept {
        return has_candidate() && (began_again() || doubt(own) != Doubt::none);
    }
    [[nodiscard]] const Stream& candidate() const noexcept { return streams_[candidate_]; }
    // Where the feed would go on. Of a session that was left, where it was left: its book is gone.
    [[nodiscard]] std::uint64_t begin() const noexcept {
        const Left* const over = left(candidate().session);
        if (over != nullptr) return over->highest;
        return std::min(candidate().begin, candidate().end);
    }
    [[nodiscard]] std::size_t held() const noexcept { return hold_.size(); }

    // The feed goes over to the candidate: calls `visitor(payload, arrival)` for its packets, by
    // number, and forgets it. Those that had to wait are marked as held.
    template <typename Visitor>
    void release(Visitor&& visitor) noexcept {
        if (candidate_ != kRestart)
            counters_.foreign -= std::min(counters_.foreign, candidate().packets);
        forget_left(candidate().session);
        forget_candidate();
        is_releasing_ = true;
        for (; !hold_.empty(); hold_.pop_front())
            visitor(hold_.front_payload(), hold_.front().arrival);
        is_releasing_ = false;
    }
    // The session is over; `highest` is one past the last message that was heard of it.
    void leave(const wire::mold::Session& session, std::uint64_t highest) noexcept;

    [[nodiscard]] const NewcomerCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::span<const Publisher> publishers() const noexcept { return publishers_; }

  private:
    // What a line has said again, with nothing of its own beyond the old number meanwhile.
    struct Back {
        std::uint64_t steps = 0;     // packets that went on, since the feed's last news
        std::uint64_t messages = 0;  // in those
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint64_t hole_begin = 0;  // the largest that was left: a late copy of what the line
        std::uint64_t hole_end = 0;    // said last may come amid what began anew
        std::uint64_t line_next = 0;   // of the line, at the first packet
        std::uint64_t highest = 0;     // of the feed, at the last one
        bool after_pause = false;
    };
    // What speaks against the book as long as nothing new is heard of the feed.
    struct Suspicion {
        Doubt why = Doubt::none;
        std::uint64_t highest = 0;  // of the feed
    };
    struct Left {
        wire::mold::Session session;
        std::uint64_t highest = 0;
    };

    static constexpr std::size_t kRestart = kStreams;
    static constexpr std::size_t kNobody = kStreams + 1;

    [[nodiscard]] Stream& stream_of(const Packet& packet, Doubt why, const Own& own) noexcept;
    [[nodiscard]] bool decide(const Stream& stream, const Packet& packet, const Own& own,
                              bool goes_on) const noexcept;
    [[nodiscard]] bool gives_way(const Stream& stream, std::uint64_t now_ns, const Sequencer& own,
                                 bool believed) const noexcept;
    // Whether, with this packet, the line has said again nearly all that the feed has.
    [[nodiscard]] bool goes_back(const Packet& packet, const Own& own) noexcept;
    void note_restart(const Packet& packet, const Own& own) noexcept;
    void extend_restart(const Packet& packet) noexcept;
    void extend(Stream& stream, const Packet& packet, const Own& own) noexcept;
    void note_publisher(const Packet& packet) noexcept;
    void keep(const Packet& packet, bool is_held) noexcept;
    void forget_candidate() noexcept;
    [[nodiscard]] const Left* left(const wire::mold::Session& session) const noexcept;
    void forget_left(const wire::mold::Session& session) noexcept {
        std::erase_if(over_, [&](const Left& each) { return each.session == session; });
    }

    std::array<bool, kLines> restricted_;
    std::array<Stream, kStreams + 1> streams_;        // the last: a restart
    std::array<std::uint64_t, kLines> in_turn_ns_{};  // when a line said what is only late
    std::array<Back, kLines> backs_{};
    std::size_t candidate_ = kNobody;  // one of them, whose packets are held
    bool is_contradicted_ = false;     // there was news of the feed since its last packet
    bool is_releasing_ = false;
    std::array<bool, kLines> begun_{};  // anew
    std::uint64_t begun_at_ = 0;        // highest() of the feed then
    Suspicion suspicion_;
    PacketHold hold_;
    std::vector<Left> over_;  // the oldest first
    std::vector<Publisher> publishers_;
    NewcomerCounters counters_;
};

}  // namespace rxlab::rx
