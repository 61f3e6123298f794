// SPDX-License-Identifier: MIT
//
// What every receiver does with a packet, once the source has delivered it:
//   t_rx -> MoldUDP64 header -> sequence check -> each ITCH message into the book -> t_book ->
//   trace
// The payload always reaches a book: the time to an untouched packet is not a result. A packet that
// is next goes straight on; for all others there are the Newcomers (who is believed) and the Policy
// (what is done about what is missing). Another session empties the book of its feed before: a
// session's orders end with it.
//
// An ordered reading of the clock waits for all that was begun before it, and so keeps the
// processor from working on two packets at a time. Small packets that were polled together
// therefore share one t_book, taken after the last of them: it is never too early for any.
// All memory is allocated and touched by the constructor. Threading: one thread.
#pragma once

#include <rxlab/book/book.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/rx/newcomers.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/rx/policy.hpp>
#include <rxlab/rx/responder.hpp>
#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::rx {

// Puts the messages of a packet into a book: several together, so that the book can ask for the
// memory of the later ones while it applies the earlier. They are those of
// wire::mold::for_each_message(): the `count` messages from number `skip` on, up to the first that
// is cut short. `messages`: what follows the packet's header.
template <book::OrderBook B>
wire::mold::Status apply_messages(B& book, std::span<const std::byte> messages, std::uint16_t count,
                                  std::size_t skip = 0) noexcept {
    if (count < 2) {
        return wire::mold::for_each_message(
            messages, count, [&book](book::MessageView message) { book.apply(message); }, skip);
    }
    constexpr std::size_t kTogether = 32;  // as many as the book looks ahead
    // Not filled, because most of it is not used.
    alignas(book::MessageView) std::byte storage[kTogether * sizeof(book::MessageView)];
    auto* const window = reinterpret_cast<book::MessageView*>(storage);
    std::size_t held = 0;
    const wire::mold::Status status = wire::mold::for_each_message(
        messages, count,
        [&](book::MessageView message) {
            std::construct_at(window + held++, message);
            if (held < kTogether) return;
            book.apply_batch(std::span<const book::MessageView>{window, held});
            held = 0;
        },
        skip);
    book.apply_batch(std::span<const book::MessageView>{window, held});
    return status;
}

// Nothing was heard for too long.
struct Silence {
    std::uint64_t times = 0;
    std::uint64_t longest_ns = 0;
    bool lasts = false;
};

// One feed: where it is, its own book (stock locates are per feed), its counters.
struct Feed {
    Feed(const book::BookLimits& limits, std::array<bool, kLines> restricted)
        : book{limits}, newcomers{restricted} {}

    Sequencer sequencer;
    book::Book book;
    std::array<latency::Ticks, kLines> heard{};  // when it last said what is not old; 0: never
    std::array<latency::Ticks, kLines> spoke{};  // off the short way, of what is old as well
    std::uint64_t bytes = 0;                     // UDP payload of data packets
    std::uint64_t malformed_packets = 0;         // no MoldUDP64 header, or one of the next two
    std::uint64_t cut_short_packets = 0;         // with fewer messages than the header says
    std::uint64_t cut_short_messages = 0;        // that are not there
    std::uint64_t left_over_packets = 0;         // that go on behind their last message
    std::uint64_t emptied = 0;         // times that the book was, because the feed began anew
    std::uint64_t emptied_orders = 0;  // that were in it
    Silence silence;
    std::array<Silence, kLines> line_silence;  // old packets count as heard
    std::uint64_t source_changes = 0;          // of a line's publisher
    std::uint64_t restarts = 0;                // of the sequence, that somebody has confirmed
    bool lacks = false;                        // messages of this session are in no book
    bool gap_before = false;                   // before the packet that comes next
    bool has_ended = false;                    // as the pipeline counts it
    Newcomers newcomers;
    FeedPolicy* policy = nullptr;  // null: what is missing is stepped over
};

// Latency from stamp to book, where ITCH timestamps are send times. Nanoseconds.
struct StampedLatency {
    latency::Histogram histogram;
    std::uint64_t negative = 0;  // counted, never clamped: the clocks disagree
};

class Pipeline {
  public:
    // `trace` may be null; it must outlive the pipeline. No policy: what is missing is stepped
    // over.
    Pipeline(const Options& options, latency::Clock clock, latency::TraceWriter* trace,
             std::unique_ptr<Policy> policy = nullptr);
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    virtual ~Pipeline() = default;

    // Messages after which t_book is taken even though the poll brought more packets.
    static constexpr std::uint32_t kMessagesPerStamp = 8;

    // Time counts from here (from the first packet where the clock stands at 0: a capture's), at
    // so many ticks of the clock a nanosecond.
    void begin(double ticks_per_ns, std::span<const unsigned> receiver_cpus = {});

    // Takes the packets of one poll, received at `t_rx`; returns the last t_book (`t_rx` where
    // there was none). A packet that fills a gap late is counted, not applied: the book has moved
    // on, and an order must not be added after its own deletion.
    latency::Ticks process(std::span<const PacketView> batch, latency::Ticks t_rx) noexcept;
    latency::Ticks process(const PacketView& packet, latency::Ticks t_rx) noexcept {
        return process({&packet, 1}, t_rx);
    }
    // What is due beside packets: the policy's work and, every so many turns, a look at which feeds
    // are silent. False where there was nothing to do. With a policy after each poll, else after
    // each that brought nothing.
    bool turn() noexcept {
        const bool worked = policy_ && do_what_is_due();
        if (--turns_until_look_ == 0) look();
        return worked;
    }
    [[nodiscard]] bool has_policy() const noexcept { return policy_ != nullptr; }
    // Where polls sleep there are few turns.
    void look_every(std::uint32_t turns) noexcept { turns_until_look_ = look_every_ = turns; }
    // Which feeds are silent, now.
    void look() noexcept;
    // The operator knows: feeds that have a candidate go over to it.
    void go_over(latency::Ticks now) noexcept;
    // The run is over.
    void finish() noexcept;

    // True when a limit of the options is reached.
    [[nodiscard]] bool finished() const noexcept {
        return messages_ >= messages_max_ || (exit_at_end_of_session_ && ended_ == feeds_.size());
    }
    // Over all feeds, duplicates and late ones included.
    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
    [[nodiscard]] bool all_ended() const noexcept { return ended_ == feeds_.size(); }
    [[nodiscard]] latency::Clock clock() const noexcept { return clock_; }
    [[nodiscard]] const std::vector<Feed>& feeds() const noexcept { return feeds_; }
    [[nodiscard]] const std::optional<StampedLatency>& stamped() const noexcept { return stamped_; }
    [[nodiscard]] const Policy* policy() const noexcept { return policy_.get(); }
    // Null where no orders were asked for.
    [[nodiscard]] Responder* responder() noexcept { return responder_ ? &*responder_ : nullptr; }
    [[nodiscard]] const Responder* responder() const noexcept {
        return responder_ ? &*responder_ : nullptr;
    }
    // Of a feed's book, as of the last turn() or finish().
    [[nodiscard]] Freshness freshness(std::size_t feed) const noexcept;
    [[nodiscard]] Doubt doubt(std::size_t feed) const noexcept;
    // Nanoseconds since begin().
    [[nodiscard]] std::uint64_t to_ns(latency::Ticks ticks) const noexcept;

    // For policies:
    [[nodiscard]] Feed& feed(std::size_t index) noexcept { return feeds_[index]; }
    // A data packet whose new messages begin with the next one.
    virtual void deliver(const Packet& packet) noexcept;
    // One whose messages all lie before the next one: counted and traced.
    void drop_old(const Packet& packet) noexcept;
    // The messages before `sequence` are lost.
    virtual void lose_before(Feed& feed, std::uint64_t sequence) noexcept;
    // The feed goes on with this message of this session, whatever was expected.
    virtual void join(Feed& feed, wire::mold::Session session, std::uint64_t sequence) noexcept;
    // The feed's session is over, and with it its orders; it joins another, or the same again.
    virtual void begin_anew(Feed& feed, wire::mold::Session session, std::uint64_t sequence,
                            std::uint64_t now_ns) noexcept;
    // Goes over to the newcomer, of whom somebody knows that it is the feed.
    void go_over(Feed& feed, std::uint64_t now_ns) noexcept;
    void count_defects(Feed& feed, const Packet& packet, bool is_own = true) noexcept;
    // What was held is taken as the feed's own, wherever that is now.
    void release(Feed& feed, std::uint64_t now_ns) noexcept;
    // After whatever may have brought the feed to the end of its session, or away from it, or have
    // shown that its sequence began anew.
    void update(Feed& feed) noexcept;

  private:
    // A data packet whose messages from number `skip` on are new.
    struct Data {
        std::uint64_t sequence;
        std::uint32_t count;
        std::uint16_t skip;
        std::uint16_t flags;  // for the trace
    };

    void take(const PacketView& packet, latency::Ticks t_rx) noexcept;
    void take_other(Feed& feed, const PacketView& view, latency::Ticks t_rx, Place place) noexcept;
    void take_own(Feed& feed, const Packet& packet) noexcept;
    void take_data(Feed& feed, const Packet& packet) noexcept;
    void take_control(Feed& feed, const Packet& packet) noexcept;
    static void note_heard(Feed& feed, const Packet& packet) noexcept;
    void note_old(Feed& feed, const Packet& packet) noexcept;
    // Joins a session whose first packet is, or tells of, `sequence`.
    void open(Feed& feed, wire::mold::Session session, std::uint64_t sequence,
              std::uint64_t now_ns) noexcept;
    void repair(Feed& feed, const PacketView& view, latency::Ticks t_rx) noexcept;
    // Puts the messages into the book, counts and traces the packet. False where it does not hold
    // what its header says.
    template <bool kShortWay>
    bool apply(Feed& feed, const PacketView& packet, Data data, latency::Ticks t_rx) noexcept;
    void stage(const PacketView& packet, Data data, latency::Ticks t_rx) noexcept;
    // t_book of all packets since the last one.
    latency::Ticks stamp() noexcept;
    void apply_alone(Feed& feed, const Packet& packet, std::uint16_t skip,
                     std::uint16_t flags) noexcept;
    bool do_what_is_due() noexcept;
    [[nodiscard]] std::uint64_t spoke_ns(const Feed& feed, std::uint8_t line) const noexcept {
        return to_ns(std::max(feed.heard[line], feed.spoke[line]));
    }
    [[nodiscard]] Newcomers::Own own_of(const Feed& feed, LineId id) const noexcept;
    void look(Feed& feed, std::uint64_t now_ns) noexcept;
    // The book of a feed of which a packet has just come.
    [[nodiscard]] bool is_current(const Feed& feed) const noexcept;
    // The end of apply() off the short way: orders, latency from ITCH timestamps, stamps on the
    // way and two lines, where they were asked for, and packets with a defect.
    bool finish_apart(const Feed& feed, const PacketView& packet, Data data, latency::Ticks t_rx,
                      wire::mold::Status status, bool is_short_way) noexcept;
    void record_extras(const PacketView& packet, latency::Ticks t_rx, std::uint16_t flags,
                       bool is_short_way) noexcept;
    void record_age(const PacketView& packet, std::uint32_t age_ns, latency::Ticks t_rx,
                    latency::TraceFlag flag) noexcept;
    void record_stamp(std::span<const std::byte> datagram) noexcept;

    latency::Clock clock_;
    latency::TraceWriter* trace_;
    std::vector<Feed> feeds_;
    std::uint64_t messages_ = 0;   // up to the last t_book
    std::uint32_t unstamped_ = 0;  // messages since
    std::uint64_t has_extras_;     // 1: finish_apart() has something to do for each packet
    std::uint64_t messages_max_;
    std::size_t ended_ = 0;
    bool exit_at_end_of_session_;
    std::optional<StampedLatency> stamped_;
    std::optional<Responder> responder_;
    std::unique_ptr<Policy> policy_;
    double ns_per_tick_ = 1.0;
    latency::Ticks begin_ = 0;
    std::uint64_t silence_ns_;
    std::optional<std::uint64_t> first_;  // message of a session
    std::uint32_t look_every_ = 4'096;
    std::uint32_t turns_until_look_ = look_every_;
};

}  // namespace rxlab::rx
