// SPDX-License-Identifier: MIT
//
// The two lines of one feed, A and B, side by side: which brought each packet first, by how much
// it led, and what each of them lost and repeated by itself. It only observes: which copy is used
// is the business of FeedRecovery, and it is the first one. Copies are told by their sequence
// number and message count, as long as both come within the last 4,096 packets or so.
// Threading: one thread. Allocates only in the constructor.
#pragma once

#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rxlab::recovery {

struct LineCounters {
    std::uint64_t first = 0;   // packets that this line brought first, or alone
    std::uint64_t second = 0;  // packets that the other line had brought before
};

// `line` brought a packet `ns` earlier than the other.
struct Lead {
    std::uint8_t line = 0;
    std::uint64_t ns = 0;
};

class LinePair {
  public:
    LinePair() : seen_(kSlots) {}

    // Takes the header of a packet from `line` (0 or 1), of the feed's own session. `news`: it
    // brought a message that the feed had not had. Returns a lead where it is the second copy.
    std::optional<Lead> accept(std::uint8_t line, const wire::mold::Header& header, bool news,
                               std::uint64_t now_ns) noexcept;

    // The feed has joined a session, perhaps the same again: where its lines are is not known.
    void begin_anew() noexcept;

    [[nodiscard]] const LineCounters& counters(std::size_t line) const noexcept {
        return counters_[line];
    }
    // The next message of a line by itself; 0 where nothing has come on it yet.
    [[nodiscard]] std::uint64_t next(std::size_t line) const noexcept {
        return has_place_[line] ? sequencers_[line].next() : 0;
    }
    // What was lost and repeated on the line alone.
    [[nodiscard]] const rx::Sequencer& line(std::size_t line) const noexcept {
        return sequencers_[line];
    }

  private:
    static constexpr int kSlotBits = 12;
    static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;

    struct Seen {
        std::uint64_t sequence = 0;
        std::uint64_t now_ns = 0;
        std::uint16_t count = 0;  // 0: the slot is free
        std::uint8_t line = 0;
        bool twice = false;
    };

    std::array<rx::Sequencer, rx::kLines> sequencers_;
    std::array<bool, rx::kLines> has_place_{};
    std::array<LineCounters, rx::kLines> counters_{};
    std::vector<Seen> seen_;
};

}  // namespace rxlab::recovery
