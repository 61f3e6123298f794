// SPDX-License-Identifier: MIT
#include <rxlab/rx/sequencer.hpp>

namespace rxlab::rx {

using wire::mold::Header;

[[gnu::cold]] Place Sequencer::classify_other(const Header& header, std::uint32_t source,
                                              std::uint8_t line) const noexcept {
    // A publisher may be given before anything is heard.
    if (is_foreign_source(source, line)) return Place::foreign;
    if (!started_) return Place::own;
    const std::uint64_t sequence = header.sequence;
    const bool is_far = sequence > highest() && sequence - highest() > kJumpMessagesMax;
    return is_far || header.session != session_ ? Place::foreign : Place::own;
}

SequenceCounters Sequencer::counters() const noexcept {
    SequenceCounters counters = counters_;
    counters.messages = delivered() + counters.duplicate_messages + counters.late_messages;
    return counters;
}

std::uint16_t Sequencer::take(std::uint64_t begin, std::uint64_t end) noexcept {
    ++counters_.packets;
    if (end <= next_) return 0;  // nothing of it could be read
    std::uint16_t skip = 0;
    if (begin < next_) {
        skip = static_cast<std::uint16_t>(next_ - begin);
        fill({begin, next_});
        ++counters_.overlap_packets;
    }
    move_to(end);
    return skip;
}

bool Sequencer::take_old(std::uint64_t begin, std::uint64_t end) noexcept {
    ++counters_.packets;
    if (begin == end) return true;  // nothing of it could be read
    const std::uint64_t filled = fill({begin, end});
    ++(filled == 0 ? counters_.duplicate_packets : counters_.late_packets);
    return filled != 0;
}

void Sequencer::announce_end(std::uint64_t sequence) noexcept {
    ++counters_.ends_of_session;
    announce(sequence);
    set_end(sequence);
}

std::uint64_t Sequencer::fill(Range range) noexcept {
    std::uint64_t filled = 0;
    for (std::size_t i = 0; i < open_.size();) {
        const Range gap = open_[i];
        const std::uint64_t begin = std::max(gap.begin, range.begin);
        const std::uint64_t end = std::min(gap.end, range.end);
        if (begin >= end) {
            ++i;
            continue;
        }
        filled += end - begin;
        if (gap.begin >= joined_) counters_.missed_messages -= end - begin;
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
        if (gap.begin < begin) insert_open(i++, {gap.begin, begin});
        if (end < gap.end) {
            insert_open(i, {end, gap.end});
            break;  // nothing of the range is left
        }
    }
    counters_.late_messages += filled;
    counters_.duplicate_messages += range.end - range.begin - filled;
    return filled;
}

std::uint64_t Sequencer::skip_to(std::uint64_t sequence) noexcept {
    // [lab: gap]
    if (sequence <= next_) return 0;
    const std::uint64_t missing = sequence - next_;
    insert_open(open_.size(), {next_, sequence});
    ++counters_.gaps;
    counters_.missed_messages += missing;
    move_to(sequence);
    base_ += missing;
    return missing;
    // [end lab: gap]
}

// What the session sent before it was joined is not missed, but neither is it a duplicate where it
// arrives after all: it is kept like a gap.
void Sequencer::join(const wire::mold::Session& session, std::uint64_t sequence) noexcept {
    if (started_ && session != session_) ++counters_.session_changes;
    if (session != session_ || !started_) {
        heard_of_ = 0;
        packets_before_ = counters_.packets;
    }
    before_ += next_ - base_;
    started_ = true;
    session_ = session;
    std::uint16_t back;
    std::memcpy(&front_, &session, sizeof front_);
    std::memcpy(&back, reinterpret_cast<const std::byte*>(&session) + sizeof front_, sizeof back);
    back_ = (back_ >> kReasons << kReasons) | back;
    move_to(sequence);
    base_ = joined_ = sequence;
    set_end(kNever);
    open_.clear();
    if (next_ != 0) insert_open(0, {0, next_});
}

void Sequencer::accept(const Header& header) noexcept {
    if (!started_ || header.session != session_) join(header.session, header.sequence);
    const std::uint64_t end = end_of(header);
    const bool is_heartbeat = header.message_count == wire::mold::kHeartbeat;
    const bool is_end = header.message_count == wire::mold::kEndOfSession;
    if (is_heartbeat) count_heartbeat();
    if (is_end) announce_end(header.sequence);
    if (is_heartbeat || is_end || end > next_ || header.sequence == next_) {
        skip_to(header.sequence);
        if (!is_heartbeat && !is_end) take(header.sequence, end);
    } else {
        take_old(header.sequence, end);
    }
}

// Where there is no more room, the oldest is forgotten.
void Sequencer::insert_open(std::size_t at, Range range) noexcept {
    open_.insert(open_.begin() + static_cast<std::ptrdiff_t>(at), range);
    if (open_.size() <= kOpenGapsMax) return;
    if (open_.front().begin >= joined_) ++counters_.gaps_forgotten;
    open_.erase(open_.begin());
}

}  // namespace rxlab::rx
