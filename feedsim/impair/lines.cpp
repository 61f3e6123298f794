// SPDX-License-Identifier: MIT
#include "feedsim/impair/lines.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace rxlab::feedsim {

using latency::Ticks;

Lines::Lines(std::vector<Line> lines, const Skew& skew, double ticks_per_ns) noexcept
    : lines_{std::move(lines)}, skew_{skew}, ticks_per_ns_{ticks_per_ns} {}

SendResult Lines::send(std::span<const std::byte> payload, Ticks now) noexcept {
    // The line that leads sends now; the other sends later, by the skew.
    Ticks due[2] = {now, now};
    if (lines_.size() > 1) {
        const auto skew = static_cast<std::int64_t>(
            std::llround(static_cast<double>(skew_.next_ns()) * ticks_per_ns_));
        due[skew > 0 ? 1 : 0] += static_cast<Ticks>(std::abs(skew));
    }
    marks_ = 0;
    bool is_lost = true;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::uint8_t marks = lines_[i].impairment.offer(payload, due[i]);
        marks_ = static_cast<std::uint16_t>(marks_ | marks << (8 * i));
        is_lost = is_lost && has(marks, Mark::dropped);
    }
    const std::uint16_t count = wire::overlay<wire::mold::Header>(payload).message_count;
    if (is_lost && count != wire::mold::kHeartbeat && count != wire::mold::kEndOfSession) {
        ++lost_packets_;
        lost_messages_ += count;
    }
    return release(now);
}

void Lines::settle(std::span<const std::byte>) noexcept {
    for (Line& line : lines_)
        line.way->settle({});
}

Ticks Lines::next_due() const noexcept {
    Ticks due = kNothingHeld;
    for (const Line& line : lines_)
        due = std::min(due, line.impairment.next_due());
    return due;
}

SendResult Lines::release(Ticks now) noexcept {
    SendResult result = SendResult::sent;
    for (;;) {
        const auto line =
            std::min_element(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
                return a.impairment.next_due() < b.impairment.next_due();
            });
        if (line->impairment.next_due() > now) return result;
        result = std::max(result, hand_on(*line, now));
    }
}

SendResult Lines::hand_on(Line& line, Ticks now) noexcept {
    const SendResult result = line.way->send(line.impairment.take(now), now);
    ++line.sent;
    if (result != SendResult::sent) ++line.errors;
    return result;
}

std::string Lines::failure() const {
    for (const Line& line : lines_) {
        if (std::string why = line.way->failure(); !why.empty()) return why;
    }
    return {};
}

}  // namespace rxlab::feedsim
