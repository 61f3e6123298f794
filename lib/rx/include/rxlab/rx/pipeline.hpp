// SPDX-License-Identifier: MIT
//
// What every receiver does with a packet, once the source has delivered it:
//   t_rx -> MoldUDP64 header -> sequence check -> each ITCH message into the book -> t_book ->
//   trace
// The payload always reaches a book: the time to an untouched packet is not a result. Another
// session empties the book of its feed before: a session's orders end with it. What it takes to
// believe in one says feed/stray_packets.hpp.
//
// An ordered reading of the clock waits for all that was begun before it, and so keeps the
// processor from working on two packets at a time. Small packets that were polled together
// therefore share one t_book, taken after the last of them: it is never too early for any.
// All memory is allocated and touched by the constructor. Threading: one thread.
#pragma once

#include <rxlab/book/book.hpp>
#include <rxlab/feed/channel.hpp>
#include <rxlab/feed/stray_packets.hpp>
#include <rxlab/latency/clock.hpp>
#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/trace.hpp>
#include <rxlab/rx/options.hpp>
#include <rxlab/rx/packet_source.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rxlab::rx {

// One channel: its sequence state, its own book (stock locates are per feed), its counters.
struct FeedState {
    explicit FeedState(const book::BookLimits& limits) : book{limits} {}

    feed::Channel channel;
    book::Book book;
    std::uint64_t bytes = 0;              // UDP payload of data packets
    std::uint64_t malformed_packets = 0;  // no MoldUDP64 header, cut short, or bytes left over
    std::uint64_t emptied = 0;            // times that the book was, because the feed began anew
    std::uint64_t emptied_orders = 0;     // that were in it
    std::uint64_t stray_packets = 0;      // of sessions that are over, or were not believed
    // Nothing where packets come from an OrderedChannel, which has looked at them.
    std::optional<feed::StrayPackets> strays;

    void empty_book() noexcept {
        ++emptied;
        emptied_orders += book.orders();
        book.clear();
    }
};

// Latency from stamp to book, where ITCH timestamps are send times. Nanoseconds.
struct StampedLatency {
    latency::Histogram histogram;
    std::uint64_t negative = 0;  // counted, never clamped: the clocks disagree
};

class Pipeline {
  public:
    // `trace` may be null; it must outlive the pipeline.
    Pipeline(const Options& options, latency::Clock clock, latency::TraceWriter* trace);

    // Messages after which t_book is taken even though the poll brought more packets.
    static constexpr std::uint32_t kMessagesPerStamp = 8;

    // So many ticks of the clock are a nanosecond; 1 without this call.
    void begin(double ticks_per_ns) noexcept { ns_per_tick_ = 1.0 / ticks_per_ns; }

    // Takes the packets of one poll, received at `t_rx`; returns the last t_book (`t_rx` where
    // there was none). A packet that fills a gap late is counted, not applied: the book has moved
    // on, and an order must not be added after its own deletion.
    latency::Ticks process(std::span<const PacketView> batch, latency::Ticks t_rx) noexcept;
    latency::Ticks process(const PacketView& packet, latency::Ticks t_rx) noexcept {
        return process({&packet, 1}, t_rx);
    }
    // A packet that did not come by itself, or not just now. `marks`: TraceFlag. One that was
    // recovered is in no figure of --stamped.
    void process_marked(const PacketView& packet, latency::Ticks t_rx,
                        std::uint16_t marks) noexcept;

    // True when a limit of the options is reached.
    [[nodiscard]] bool finished() const noexcept {
        return messages_ >= messages_max_ || (exit_at_end_of_session_ && ended_ == feeds_.size());
    }
    // Over all feeds, duplicates and late ones included.
    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
    [[nodiscard]] bool all_ended() const noexcept { return ended_ == feeds_.size(); }

    [[nodiscard]] latency::Clock clock() const noexcept { return clock_; }
    [[nodiscard]] std::span<const FeedState> feeds() const noexcept { return feeds_; }
    [[nodiscard]] FeedState& feed(std::size_t index) noexcept { return feeds_[index]; }
    // The feed goes on with this message, whatever was expected: see feed::Channel::join.
    void join(std::size_t index, const wire::mold::Session& session,
              std::uint64_t sequence) noexcept;
    // The feed begins anew: a session's orders end with it.
    void begin_anew(std::size_t index) noexcept { feeds_[index].empty_book(); }
    [[nodiscard]] const std::optional<StampedLatency>& stamped() const noexcept { return stamped_; }

  private:
    // A data packet whose messages from number `skip` on are new.
    struct Data {
        std::span<const std::byte> messages;  // behind the MoldUDP64 header
        std::uint64_t sequence;
        std::uint16_t count;
        std::uint16_t skip;
        std::uint16_t flags;  // for the trace
    };

    // The next packet in order, or whatever else it is.
    void take(const PacketView& packet, latency::Ticks t_rx) noexcept;
    // Out of order, without data, of another session, or malformed.
    void take_other(FeedState& feed, const PacketView& packet, latency::Ticks t_rx,
                    std::uint16_t marks = 0) noexcept;
    void take_stray(FeedState& feed, const PacketView& packet, latency::Ticks t_rx,
                    const feed::StrayPackets::Place& place) noexcept;
    // Of the feed's session, or the first.
    void take_current(FeedState& feed, const PacketView& packet, latency::Ticks t_rx,
                      std::uint16_t marks) noexcept;
    // Puts the messages into the book, counts and traces the packet.
    void apply(FeedState& feed, const PacketView& packet, const Data& data,
               latency::Ticks t_rx) noexcept;
    // t_book of all packets since the last one.
    latency::Ticks stamp() noexcept;

    // What the sequence check found out, for the trace.
    static std::uint16_t trace_flags(feed::PacketKind kind) noexcept;
    // Latency from ITCH timestamps, and the kernel's stamp: only where they were asked for.
    void record_extras(const PacketView& packet, latency::Ticks t_rx, std::uint16_t flags) noexcept;
    void record_stamp(std::span<const std::byte> datagram) noexcept;

    latency::Clock clock_;
    latency::TraceWriter* trace_;
    std::vector<FeedState> feeds_;
    std::uint64_t messages_ = 0;   // up to the last t_book
    std::uint32_t unstamped_ = 0;  // messages since
    std::uint32_t has_extras_;     // 1: ITCH timestamps are looked at
    std::uint64_t messages_max_;
    std::size_t ended_ = 0;
    bool exit_at_end_of_session_;
    std::optional<StampedLatency> stamped_;
    double ns_per_tick_ = 1.0;
};

}  // namespace rxlab::rx
