// SPDX-License-Identifier: MIT
#include <rxlab/recovery/line_pair.hpp>

#include <algorithm>

namespace rxlab::recovery {

void LinePair::begin_anew() noexcept {
    has_place_ = {};
    std::fill(seen_.begin(), seen_.end(), Seen{});
}

std::optional<Lead> LinePair::accept(std::uint8_t line, const wire::mold::Header& header, bool news,
                                     std::uint64_t now_ns) noexcept {
    const std::uint16_t count = header.message_count;
    const bool is_control = count == wire::mold::kHeartbeat || count == wire::mold::kEndOfSession;
    if (is_control && header.sequence == 0) return std::nullopt;  // says nothing
    if (!has_place_[line]) sequencers_[line].join(header.session, header.sequence);
    has_place_[line] = true;
    sequencers_[line].accept(header);
    if (is_control) return std::nullopt;
    const std::uint64_t sequence = header.sequence;
    // Multiplicative hashing: neighbours land far apart.
    Seen& seen = seen_[sequence * 0x9e3779b97f4a7c15U >> (64 - kSlotBits)];
    if (seen.count == count && seen.sequence == sequence) {
        if (seen.line == line || seen.twice) return std::nullopt;
        seen.twice = true;
        ++counters_[line].second;
        return Lead{seen.line, now_ns - seen.now_ns};
    }
    if (!news) {  // the first copy's slot was taken by another packet
        ++counters_[line].second;
        return std::nullopt;
    }
    ++counters_[line].first;
    seen = {sequence, now_ns, count, line, false};
    return std::nullopt;
}

}  // namespace rxlab::recovery
