// SPDX-License-Identifier: MIT
#include "missing_ranges.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace rxlab::recovery {

MissingRanges::MissingRanges(const RequestOptions& options, std::uint64_t wait_ns, bool recover)
    : options_{options}, wait_ns_{wait_ns}, recover_{recover}, random_{options.seed} {
    ranges_.reserve(kRangesMax);
}

// The first range that ends behind `sequence`.
std::size_t MissingRanges::index_of(std::uint64_t sequence) const noexcept {
    const auto found = std::ranges::upper_bound(ranges_, sequence, {}, &Range::end);
    return static_cast<std::size_t>(found - ranges_.begin());
}

void MissingRanges::add(std::uint64_t begin, std::uint64_t end, std::uint64_t now_ns) noexcept {
    assert(begin < end && (ranges_.empty() || ranges_.back().end <= begin));
    ++counters_.gaps;
    if (ranges_.empty()) newest_first_ = false;
    if (ranges_.size() == kRangesMax) {
        ++counters_.joined_gaps;
        ranges_.back().end = end;
        return;
    }
    const std::uint64_t spread_ns = recover_ ? random_up_to(wait_ns_ / 4) : 0;
    ranges_.push_back({.begin = begin, .end = end, .due_ns = now_ns + wait_ns_ + spread_ns});
}

// False where there is no room for another range.
bool MissingRanges::split(std::size_t index, std::uint64_t at) noexcept {
    if (ranges_.size() == kRangesMax) return false;
    Range back = ranges_[index];
    back.begin = at;
    ranges_[index].end = at;
    ranges_.insert(ranges_.begin() + static_cast<std::ptrdiff_t>(index) + 1, back);
    return true;
}

std::uint64_t MissingRanges::fill(std::uint64_t begin, std::uint64_t end, bool answered,
                                  std::uint64_t now_ns) noexcept {
    std::uint64_t filled = 0;
    if (answered) note_answer(begin, end, now_ns);
    for (std::size_t i = index_of(begin); i < ranges_.size() && ranges_[i].begin < end; ++i) {
        Range& range = ranges_[i];
        const std::uint64_t from = std::max(begin, range.begin);
        const std::uint64_t to = std::min(end, range.end);
        filled += to - from;
        if (answered && range.state == State::asked) {  // what is left over can be asked for again
            range.state = State::declared;
            range.attempts = 0;
            range.due_ns = now_ns;
        }
        const bool is_inside = from != range.begin && to != range.end;
        if (is_inside && !split(i, to)) break;
        if (is_inside) ranges_[i + 1].is_rest = answered;
        if (from != range.begin) {
            range.end = from;
        } else if (to != range.end) {
            range.begin = to;
            range.is_rest = answered;
        } else {
            ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(i--));
        }
    }
    return filled;
}

// Only what brings something that was missing.
void MissingRanges::note_answer(std::uint64_t begin, std::uint64_t end,
                                std::uint64_t now_ns) noexcept {
    const std::size_t index = index_of(begin);
    if (index == ranges_.size() || ranges_[index].begin >= end) return;
    last_answer_ns_ = now_ns;
    if (index == 0 && begin <= ranges_[0].begin)
        newest_first_ = false;  // the server has the oldest
    for (std::size_t i = index; i < ranges_.size(); ++i)
        if (ranges_[i].begin >= end) ranges_[i].older_answered = true;
}

void MissingRanges::forget_before(std::uint64_t sequence) noexcept {
    const std::size_t index = index_of(sequence);
    ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!ranges_.empty()) ranges_.front().begin = std::max(ranges_.front().begin, sequence);
}

void MissingRanges::give_up(Range& range) noexcept {
    if (range.state == State::given_up) return;
    if (range.state == State::waiting) ++counters_.gaps_declared;
    // What was asked for stays in flight: the answer may come until then.
    if (range.state != State::asked) range.due_ns = 0;
    range.state = State::given_up;
    ++counters_.gaps_given_up;
}

std::uint64_t MissingRanges::due_ns() const noexcept {
    const bool may_ask = in_flight() < options_.in_flight_max;
    std::uint64_t due = kNever;
    for (const Range& range : ranges_) {
        const bool counts = range.is_in_flight() || range.state == State::waiting ||
                            (range.state == State::declared && may_ask);
        if (counts) due = std::min(due, range.due_ns);
    }
    return due;
}

void MissingRanges::poll(std::uint64_t now_ns) noexcept {
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        Range& range = ranges_[i];
        if (range.due_ns > now_ns) continue;
        if (range.state == State::waiting) {
            range.state = State::declared;
            ++counters_.gaps_declared;
            if (!recover_) give_up(range);
        } else if (range.state == State::asked) {
            on_overdue(i, now_ns);
        } else if (range.state == State::given_up) {
            range.due_ns = 0;
        }
    }
}

void MissingRanges::on_overdue(std::size_t index, std::uint64_t now_ns) noexcept {
    Range& range = ranges_[index];
    ++counters_.timeouts;
    if (last_answer_ns_ < range.due_ns - options_.timeout_ns) newest_first_ = true;
    if (range.attempts < options_.attempts_max) {
        const std::uint64_t pause_ns = options_.timeout_ns << (range.attempts - 1);
        range.state = State::declared;
        range.due_ns = now_ns + pause_ns / 2 + random_up_to(pause_ns);
        return;
    }
    range.state = State::declared;  // not in flight any more
    const bool silent = last_answer_ns_ < range.first_asked_ns;
    if (!silent && range.older_answered) return give_up(range);
    const std::size_t end = silent ? ranges_.size() : index + 1;
    for (std::size_t i = 0; i < end; ++i) {
        Range& other = ranges_[i];
        if (other.state == State::waiting || other.state == State::given_up) continue;
        // Newer, and asked for just now: perhaps only what is old is not there.
        if (i > index && other.state == State::asked && other.attempts == 1) continue;
        give_up(other);
        if (!silent) ++counters_.gaps_too_old;
    }
}

void MissingRanges::ask(Range& range, std::uint64_t now_ns) noexcept {
    if (range.attempts++ == 0) {
        range.first_asked_ns = now_ns;
        range.older_answered = std::exchange(range.is_rest, false);
    }
    range.state = State::asked;
    range.due_ns = now_ns + options_.timeout_ns;
}

std::size_t MissingRanges::oldest_wanted() const noexcept {
    std::size_t i = 0;
    while (i < ranges_.size() && ranges_[i].state == State::given_up)
        ++i;
    return i;
}

std::size_t MissingRanges::next_to_ask(std::uint64_t now_ns) const noexcept {
    std::size_t first = ranges_.size();
    std::size_t last = first;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        if (!may_be_asked(ranges_[i], now_ns)) continue;
        first = std::min(first, i);
        last = i;
    }
    return newest_first_ && first != oldest_wanted() ? last : first;
}

std::optional<Request> MissingRanges::next_request(std::uint64_t now_ns) noexcept {
    if (!recover_ || in_flight() >= options_.in_flight_max) return std::nullopt;
    std::size_t index = next_to_ask(now_ns);
    if (index == ranges_.size()) return std::nullopt;
    if (ranges_[index].attempts > 0) ++counters_.repeated_requests;
    if (newest_first_ && index != oldest_wanted()) index = begin_of_last(index, now_ns);
    const Request request = ask_onwards(index, now_ns);
    ++counters_.requests;
    counters_.requested_messages += request.messages;
    return request;
}

std::size_t MissingRanges::begin_of_last(std::size_t index, std::uint64_t now_ns) noexcept {
    const std::uint64_t end = ranges_[index].end;
    const std::uint64_t limit = end - std::min<std::uint64_t>(options_.messages_max, end);
    if (ranges_[index].begin < limit) return split(index, limit) ? index + 1 : index;
    while (index > 0 && ranges_[index - 1].begin >= limit &&
           may_be_asked(ranges_[index - 1], now_ns))
        --index;
    return index;
}

Request MissingRanges::ask_onwards(std::size_t index, std::uint64_t now_ns) noexcept {
    const std::uint64_t begin = ranges_[index].begin;
    const std::uint64_t limit =
        begin + std::min<std::uint64_t>(options_.messages_max, kNever - begin);
    if (ranges_[index].end > limit) split(index, limit);
    ask(ranges_[index], now_ns);
    std::uint64_t end = std::min(ranges_[index].end, limit);
    for (std::size_t i = index + 1;
         i < ranges_.size() && ranges_[i].end <= limit && may_be_asked(ranges_[i], now_ns); ++i) {
        ask(ranges_[i], now_ns);
        end = ranges_[i].end;
        ++counters_.merged_gaps;
    }
    return {begin, static_cast<std::uint16_t>(end - begin)};
}

}  // namespace rxlab::recovery
