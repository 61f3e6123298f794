// SPDX-License-Identifier: MIT
//
// Sends the packets of several feeds on schedule, from one thread. Everything is an event with a
// time, and the earliest comes next: data packets, heartbeats of silent feeds, the ten
// end-of-session packets of a feed that is over, and packets that a transmitter held back. A packet
// is completed before it is due; the loop then spins until the due time, stamps, sends, and records
// both times. A late packet goes at once and delays no other: the loop is open. Ownership: the
// sender owns its feeds; timeline, trace and stall log belong to the caller. Threading: run()
// belongs to one thread; any thread or a signal handler may set `stop`. Nothing in run() allocates,
// prints or locks.
#pragma once

#include "feedsim/market/feed_stream.hpp"
#include "feedsim/market/schedule.hpp"
#include "feedsim/send/order_inbox.hpp"
#include "feedsim/send/timeline.hpp"
#include "feedsim/send/transmitter.hpp"
#include "feedsim/servers/message_store.hpp"

#include <rxlab/latency/histogram.hpp>
#include <rxlab/latency/stall_log.hpp>
#include <rxlab/latency/trace.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rxlab::feedsim {

struct FeedCounters {
    std::uint64_t packets = 0;  // data packets given to the transmitter
    std::uint64_t bytes = 0;    // their UDP payload
    std::uint64_t messages = 0;
    std::uint64_t heartbeats = 0;
    std::uint64_t send_errors = 0;  // packets of any kind that the transmitter refused
    std::uint64_t next_sequence = 0;
};

enum class EndedBy : std::uint8_t { done, signal, failure };

// The parts of a feed.
struct Feed {
    std::unique_ptr<PacketStream> stream;
    Schedule schedule;
    std::unique_ptr<Transmitter> transmitter;
    std::unique_ptr<MessageStore> store = {};  // what was sent, for recovery; may be null
};

struct SenderOptions {
    double heartbeat_s = 1.0;  // silence after which a feed sends one; 0: never
    bool stamp = false;        // write intended send times into the messages
    // The start of the run in nanoseconds since midnight; used with `stamp`.
    std::uint64_t start_ns_of_day = 0;
    // The end of the session is sent at least ten times, and again for this long.
    double linger_s = 0;
    // The time that making a packet may take: none is prepared when an event is nearer than this.
    std::uint64_t prepare_ns = 2'000;
};

class Sender {
  public:
    static constexpr std::uint32_t kEndsOfSession = 10;
    static constexpr std::uint64_t kEndOfSessionGap_ns = 10'000'000;

    // `trace`, `stalls` and `orders` may be null. With `orders`, run() never sleeps.
    Sender(std::vector<Feed> feeds, const SenderOptions& options, Timeline& timeline,
           latency::TraceWriter* trace, latency::StallLog* stalls = nullptr,
           OrderInbox* orders = nullptr);

    // Packet 0 of feed 0 is due at `start`. Ends when every feed has ended its session, soon after
    // `stop` became true (then also while it lingers), or at once when a transmitter broke.
    EndedBy run(latency::Ticks start, const std::atomic<bool>& stop) noexcept;

    [[nodiscard]] const std::vector<FeedCounters>& counters() const noexcept { return counters_; }
    [[nodiscard]] const std::vector<Feed>& feeds() const noexcept { return feeds_; }
    // t_tx - t_intended of every data packet, in nanoseconds.
    [[nodiscard]] const latency::Histogram& pacing_ns() const noexcept { return pacing_ns_; }
    // From the first data packet sent to the last.
    [[nodiscard]] double sending_s() const noexcept;
    // One line about the first feed that failed and so ended too early; empty if none did.
    [[nodiscard]] std::string failure() const;

  private:
    enum class Kind : std::uint8_t { data, heartbeat, end_of_session, release };
    struct Event {
        latency::Ticks due;
        std::uint32_t feed;
        Kind kind;
    };
    struct State {
        FeedPacket packet;  // the prepared one, or empty
        std::uint64_t due_ns = 0;
        latency::Ticks last_sent = 0;
        std::uint32_t ends_sent = 0;
        latency::Ticks release_due = Transmitter::kNothingHeld;  // of the event in the heap
        bool prepared = false;
        bool ending = false;
    };

    void begin(latency::Ticks start) noexcept;
    void settle(const Event& next) noexcept;
    void handle(const Event& event) noexcept;
    void send_data(const Event& event) noexcept;
    void send_heartbeat(const Event& event) noexcept;
    void send_end_of_session(const Event& event) noexcept;
    void send_control(std::uint32_t feed, std::uint16_t message_count, latency::Ticks now) noexcept;
    void transmit(std::uint32_t feed, std::span<const std::byte> payload,
                  latency::Ticks now) noexcept;
    void took(std::uint32_t feed, SendResult result) noexcept;
    void send_held(const Event& event) noexcept;
    void schedule_release(std::uint32_t feed) noexcept;
    void prepare_oldest() noexcept;
    void schedule_data(std::uint32_t feed) noexcept;
    void end_feed(std::uint32_t feed, latency::Ticks now) noexcept;
    void end_all() noexcept;
    [[nodiscard]] bool all_ending() const noexcept;
    void push(const Event& event) noexcept;
    Event pop() noexcept;
    [[nodiscard]] latency::Ticks ticks(std::uint64_t ns) const noexcept;

    std::vector<Feed> feeds_;
    SenderOptions options_;
    Timeline& timeline_;
    latency::TraceWriter* trace_;
    latency::StallLog* stalls_;
    OrderInbox* orders_;
    double ticks_per_ns_;
    latency::Ticks prepare_ticks_;
    latency::Ticks start_ = 0;
    latency::Ticks first_tx_ = 0;
    latency::Ticks last_tx_ = 0;
    std::vector<State> states_;
    std::vector<FeedCounters> counters_;
    std::vector<Event> events_;              // a heap, earliest first
    std::vector<std::uint32_t> unprepared_;  // a ring of feeds whose next packet is not made yet
    std::size_t unprepared_first_ = 0;
    std::size_t unprepared_count_ = 0;
    latency::Histogram pacing_ns_;
    bool broken_ = false;
    bool is_cut_short_ = false;  // by `stop`, when every session had ended already
    bool is_unsettled_ = true;   // settle() was not called yet for the next event
};

}  // namespace rxlab::feedsim
