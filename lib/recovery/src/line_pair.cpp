// SPDX-License-Identifier: MIT
#include <rxlab/recovery/line_pair.hpp>

namespace rxlab::recovery {

void LinePair::accept(std::uint8_t line, const wire::mold::Header& header, bool news,
                      std::uint64_t now_ns) noexcept {
    const std::uint16_t count = header.message_count;
    const bool is_control = count == wire::mold::kHeartbeat || count == wire::mold::kEndOfSession;
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

}  // namespace rxlab::recovery
