// SPDX-License-Identifier: MIT
//
// What a bad network does to the packets of one line, on purpose and repeatably: loss (single and
// in bursts), duplicates, reordering, delay, corruption. An Impairment takes packets as they are
// sent and gives them back when they are due. Everything is decided when a packet comes in, and
// each kind has a generator of its own: the same seed loses the same packets whatever else is
// asked for. Times are in ticks of any clock that does not go backwards; nothing here reads one.
// Heartbeats and ends of session can be lost or duplicated, but are neither held nor changed;
// before an end of session, all held packets are sent. Ownership: copies packets; memory is
// allocated at the start and never grows. Threading: belongs to one thread.
#pragma once

#include "feedsim/market/random.hpp"

#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace rxlab::feedsim {

// Chances are 0 .. 1, per packet.
struct ImpairmentOptions {
    double drop = 0;
    double burst = 0;                   // that a burst of loss begins
    double burst_packets = 1;           // its mean length: geometric (Gilbert's model)
    std::uint64_t gap_at = 0;           // from this data packet of the line on, counted from 0, …
    std::uint64_t gap_packets = 0;      // … this many packets are lost
    double duplicate = 0;               // sent twice, one after the other
    double reorder = 0;                 // held back until some later packets have passed: …
    std::uint32_t reorder_packets = 1;  // … 1 to this many, each number equally likely
    double delay = 0;                   // sent later …
    std::uint64_t delay_ns = 0;         // … by this much; others overtake it
    double corrupt = 0;                 // one to three bits flipped, anywhere in the UDP payload
    double truncate = 0;                // cut short, anywhere

    [[nodiscard]] bool any() const noexcept {
        return drop > 0 || burst > 0 || gap_packets > 0 || duplicate > 0 || reorder > 0 ||
               delay > 0 || corrupt > 0 || truncate > 0;
    }
};

// Reads
// "drop=1%,burst=0.1%x20,gap=1000x100,duplicate=1%,reorder=2%x50,delay=1%x500us,corrupt=0.1%,truncate=0.1%"
// (any of them, each at most once) on top of `base`. Throws std::invalid_argument that names the
// part and what is expected.
[[nodiscard]] ImpairmentOptions parse_impairments(std::string_view text,
                                                  const ImpairmentOptions& base = {});

// What was done to a packet, as flags of a sender's trace record (latency/trace.hpp).
enum class Mark : std::uint8_t {
    dropped = 1,
    duplicated = 2,
    reordered = 4,
    delayed = 8,
    corrupted = 16,
    truncated = 32,
};
[[nodiscard]] constexpr bool has(std::uint8_t marks, Mark mark) noexcept {
    return (marks & static_cast<std::uint8_t>(mark)) != 0;
}

// Counts data packets, unless stated otherwise. The line carried packets - dropped + duplicated.
struct ImpairmentCounters {
    std::uint64_t packets = 0;  // taken
    std::uint64_t messages = 0;
    std::uint64_t dropped_packets = 0;
    std::uint64_t dropped_messages = 0;
    std::uint64_t duplicated_packets = 0;
    std::uint64_t duplicated_messages = 0;
    std::uint64_t reordered_packets = 0;
    std::uint64_t delayed_packets = 0;
    std::uint64_t corrupted_packets = 0;
    std::uint64_t corrupted_messages = 0;  // in those packets
    std::uint64_t truncated_packets = 0;
    std::uint64_t truncated_messages = 0;  // likewise
    std::uint64_t control_packets = 0;     // heartbeats and ends of session taken
    std::uint64_t control_dropped = 0;
    std::uint64_t no_room = 0;  // of the dropped, data or control: for lack of room to hold them

    friend bool operator==(const ImpairmentCounters&, const ImpairmentCounters&) = default;
};

class Impairment {
  public:
    static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
    static constexpr std::size_t kHeldMax = 4'096;
    // A reordered packet goes out after this time, even if too few others have come.
    static constexpr std::uint64_t kHoldMax_ns = 20'000'000;

    // Each line has a `stream` of its own, so that lines differ for one seed. At most `held_max`
    // packets wait at a time.
    Impairment(const ImpairmentOptions& options, std::uint64_t seed, std::uint64_t stream,
               double ticks_per_ns = 1.0, std::size_t held_max = kHeldMax);

    // Takes a packet (1 .. 1,472 bytes) that the line is given at `now`, and says what happens to
    // it: a combination of Mark. Packets that are not held come out in the order in which they were
    // taken.
    std::uint8_t offer(std::span<const std::byte> packet, std::uint64_t now) noexcept;

    // When the next packet comes out; kNever if none waits.
    [[nodiscard]] std::uint64_t next_due() const noexcept;
    // The next packet that is due; empty if none is. Valid until the next call of take() or
    // offer().
    [[nodiscard]] std::span<const std::byte> take(std::uint64_t now) noexcept;
    // Makes all waiting packets due now.
    void release_all(std::uint64_t now) noexcept;

    [[nodiscard]] const ImpairmentCounters& counters() const noexcept { return counters_; }

  private:
    enum Kind : std::size_t { drop, burst, duplicate, reorder, delay, corrupt, truncate, kKinds };
    struct Slot {
        std::uint64_t due = 0;
        std::uint64_t order = 0;
        std::uint64_t passes = 0;  // a reordered one comes out at this value of passed_
        std::size_t bytes = 0;
        std::array<std::byte, wire::mold::kPayloadBytesMax> packet{};
    };
    struct Chances {
        std::array<std::uint64_t, kKinds> begin_q32{};
        std::uint64_t burst_goes_on_q32 = 0;
    };

    [[nodiscard]] bool draw(Kind kind, std::uint64_t chance_q32) noexcept;
    [[nodiscard]] std::uint8_t decide(bool is_control) noexcept;
    void count(std::uint8_t marks, std::uint64_t messages) noexcept;
    [[nodiscard]] bool place(std::span<const std::byte> packet, std::uint8_t marks,
                             std::uint64_t now) noexcept;
    void change(Slot& slot, std::uint8_t marks) noexcept;
    void passed(std::uint64_t now) noexcept;
    [[nodiscard]] bool is_later(std::uint32_t a, std::uint32_t b) const noexcept;
    void queue(std::uint32_t slot, std::uint64_t due) noexcept;
    void queue_expired(std::uint64_t now) noexcept;

    ImpairmentOptions options_;
    Chances chances_;
    std::uint64_t delay_ticks_;
    std::uint64_t hold_max_ticks_;
    std::array<Random, kKinds> random_;
    bool in_burst_ = false;
    std::uint64_t last_due_ = 0;  // of packets that keep their order
    std::uint64_t order_ = 0;
    std::uint64_t passed_ = 0;  // packets that were not held
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> due_;   // a heap, earliest first
    std::vector<std::uint32_t> held_;  // reordered, waiting for others to pass
    std::uint32_t taken_;              // the one given out last
    ImpairmentCounters counters_;
};

}  // namespace rxlab::feedsim
