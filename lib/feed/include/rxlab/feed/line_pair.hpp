// SPDX-License-Identifier: MIT
//
// The two lines of one channel, A and B, side by side: which brought each packet first, by how much
// it led, and what each of them lost and repeated by itself. It only observes: which copy is used
// is the business of OrderedChannel, and it is the first one. Copies are told by their sequence
// number and message count, as long as both come within the last 4,096 packets or so.
// Threading: one thread. Allocates only in the constructor.
#pragma once

#include <rxlab/feed/channel.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rxlab::feed {

inline constexpr std::size_t kLines = 2;

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

    // Takes the header of a packet from `line` (0 or 1), of the channel's own session. `news`: it
    // brought a message that the channel had not had. Returns a lead where it is the second copy.
    std::optional<Lead> accept(std::uint8_t line, const wire::mold::Header& header, bool news,
                               std::uint64_t now_ns) noexcept;

    [[nodiscard]] const LineCounters& counters(std::size_t line) const noexcept {
        return counters_[line];
    }
    // What was lost and repeated on the line alone.
    [[nodiscard]] const ChannelCounters& channel(std::size_t line) const noexcept {
        return channels_[line].counters();
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

    std::array<Channel, kLines> channels_;
    std::array<LineCounters, kLines> counters_{};
    std::vector<Seen> seen_;
};

}  // namespace rxlab::feed
