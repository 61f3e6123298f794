// SPDX-License-Identifier: MIT
#include <rxlab/feed/channel.hpp>
#include <rxlab/feed/stray_packets.hpp>

#include <algorithm>

namespace rxlab::feed {

using wire::mold::Header;
using wire::mold::Session;

Verdict Channel::accept_other(const Header& header) noexcept {
    const bool is_first = !started();
    const bool changed = !is_first && !is_current(header.session);
    if (changed) ++counters_.session_changes;
    if (changed || is_first) begin_session(header.session, header.sequence);

    Verdict verdict{};
    const std::uint16_t count = header.message_count;
    if (count == wire::mold::kHeartbeat) {
        ++counters_.heartbeats;
        verdict = {.kind = PacketKind::heartbeat, .missing = skip_to(header.sequence)};
    } else if (count == wire::mold::kEndOfSession) {
        ++counters_.ends_of_session;
        ended_ = true;
        verdict = {.kind = PacketKind::end_of_session, .missing = skip_to(header.sequence)};
    } else {
        verdict = accept_data(header.sequence, count);
    }
    verdict.session_changed = changed;
    return verdict;
}

Verdict Channel::accept_data(std::uint64_t sequence, std::uint16_t count) noexcept {
    ++counters_.packets;
    counters_.messages += count;
    const std::uint64_t end = end_of({session_, sequence, count});
    if (sequence >= next_) {
        const std::uint64_t missing = skip_to(sequence);
        next_ = end;
        return {.kind = missing == 0 ? PacketKind::in_order : PacketKind::gap, .missing = missing};
    }
    std::uint64_t first_filled = 0;
    const std::uint64_t filled = fill({sequence, std::min(end, next_)}, first_filled);
    counters_.late_messages += filled;
    if (end > next_) {
        const auto skip = static_cast<std::uint16_t>(next_ - sequence);
        counters_.duplicate_messages += skip - filled;
        ++counters_.overlap_packets;
        next_ = end;
        return {.kind = PacketKind::in_order, .skip = skip};
    }
    counters_.duplicate_messages += count - filled;
    if (filled == 0) {
        ++counters_.duplicate_packets;
        return {.kind = PacketKind::duplicate, .skip = count};
    }
    ++counters_.late_packets;
    return {.kind = PacketKind::late, .skip = static_cast<std::uint16_t>(first_filled - sequence)};
}

std::uint64_t Channel::fill(Range range, std::uint64_t& first) noexcept {
    std::uint64_t filled = 0;
    for (std::size_t i = 0; i < open_count_;) {
        const Range gap = open_[i];
        const std::uint64_t begin = std::max(gap.begin, range.begin);
        const std::uint64_t end = std::min(gap.end, range.end);
        if (begin >= end) {
            ++i;
            continue;
        }
        if (filled == 0) first = begin;
        filled += end - begin;
        if (gap.begin >= joined_) counters_.missed_messages -= end - begin;
        if (begin == gap.begin && end == gap.end) {
            erase_open(i);
        } else if (begin == gap.begin) {
            open_[i++].begin = end;
        } else {
            open_[i++].end = begin;
            if (end < gap.end) {
                insert_open(i, {end, gap.end});
                break;  // the range lay inside this gap
            }
        }
    }
    return filled;
}

std::uint64_t Channel::skip_to(std::uint64_t sequence) noexcept {
    if (sequence <= next_) return 0;
    const std::uint64_t missing = sequence - next_;
    insert_open(open_count_, {next_, sequence});
    ++counters_.gaps;
    counters_.missed_messages += missing;
    next_ = sequence;
    return missing;
}

void Channel::join(const Session& session, std::uint64_t sequence) noexcept {
    if (started() && !is_current(session)) ++counters_.session_changes;
    begin_session(session, sequence);
    joined_explicitly_ = true;
}

// What the session sent before it was joined is not missed, but neither is it a duplicate where it
// arrives after all: it is kept like a gap.
void Channel::begin_session(const Session& session, std::uint64_t sequence) noexcept {
    session_ = session;
    next_ = sequence;
    joined_ = next_;
    ended_ = false;
    open_count_ = 0;
    if (next_ != 0) insert_open(0, {0, next_});
}

void Channel::insert_open(std::size_t at, Range range) noexcept {
    if (open_count_ == open_.size()) {
        if (open_[0].begin >= joined_) ++counters_.gaps_forgotten;
        erase_open(0);
        --at;
    }
    std::copy_backward(open_.begin() + at, open_.begin() + open_count_,
                       open_.begin() + open_count_ + 1);
    open_[at] = range;
    ++open_count_;
}

void Channel::erase_open(std::size_t at) noexcept {
    std::copy(open_.begin() + at + 1, open_.begin() + open_count_, open_.begin() + at);
    --open_count_;
}

}  // namespace rxlab::feed
