// SPDX-License-Identifier: MIT
//
// The two lines of one feed, A and B, side by side: which brought each packet first, by how much
// it led, and what each of them lost and repeated by itself. It only observes: which copy is used
// is the business of FeedRecovery, and it is the first one. Copies are told by their sequence
// number and message count, as long as both come within the last 4,096 packets or so.
// Threading: one thread. Allocates only in the constructor.
#pragma once

#include <rxlab/latency/histogram.hpp>
#include <rxlab/rx/sequencer.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rxlab::recovery {

struct LineOfPair {
    rx::Sequencer sequencer;  // what was lost and repeated on the line alone
    bool has_place = false;
    std::uint64_t first = 0;     // packets that this line brought first, or alone
    std::uint64_t second = 0;    // packets that the other line had brought before
    latency::Histogram lead_ns;  // by how much its packets led those of the other
};

class LinePair {
  public:
    LinePair() : seen_(kSlots) {}

    // Takes the header of a packet from `line` (0 or 1), of the feed's own session. `news`: it
    // brought a message that the feed had not had.
    void accept(std::uint8_t line, const wire::mold::Header& header, bool news,
                std::uint64_t now_ns) noexcept {
        const std::uint16_t count = header.message_count;
        const bool is_control =
            count == wire::mold::kHeartbeat || count == wire::mold::kEndOfSession;
        if (is_control && header.sequence == 0) return;  // says nothing
        LineOfPair& own = lines_[line];
        if (!own.has_place) own.sequencer.join(header.session, header.sequence);
        own.has_place = true;
        own.sequencer.accept(header);
        if (is_control) return;
        const std::uint64_t sequence = header.sequence;
        // Multiplicative hashing: neighbours land far apart.
        Seen& seen = seen_[sequence * 0x9e3779b97f4a7c15U >> (64 - kSlotBits)];
        if (seen.count == count && seen.sequence == sequence) {
            if (seen.line == line || seen.twice) return;
            seen.twice = true;
            ++own.second;
            lines_[seen.line].lead_ns.record(now_ns - seen.now_ns);
        } else if (news) {
            ++own.first;
            seen = {sequence, now_ns, count, line, false};
        } else {  // the first copy's slot was taken by another packet
            ++own.second;
        }
    }

    // The feed has joined a session, perhaps the same again: where its lines are is not known.
    void begin_anew() noexcept {
        lines_[0].has_place = lines_[1].has_place = false;
        seen_.assign(kSlots, {});
    }

    [[nodiscard]] const LineOfPair& line(std::size_t line) const noexcept { return lines_[line]; }
    // The next message of a line by itself; 0 where nothing has come on it yet.
    [[nodiscard]] std::uint64_t next(std::size_t line) const noexcept {
        return lines_[line].has_place ? lines_[line].sequencer.next() : 0;
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

    std::array<LineOfPair, rx::kLines> lines_;
    std::vector<Seen> seen_;
};

}  // namespace rxlab::recovery
