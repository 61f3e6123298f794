// SPDX-License-Identifier: MIT
#include "feedsim/impair/impairment.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace rxlab::feedsim {

namespace {

namespace mold = wire::mold;

// Keeps the random streams of impairments apart from those of markets and schedules.
constexpr std::uint64_t kImpairmentStreams = std::uint64_t{2} << 32;
constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

std::uint64_t to_q32(double chance) noexcept {
    return static_cast<std::uint64_t>(std::llround(std::ldexp(std::clamp(chance, 0.0, 1.0), 32)));
}

constexpr std::uint8_t bit(Mark mark) noexcept {
    return static_cast<std::uint8_t>(mark);
}

// The number of messages of a data packet; 0 for a heartbeat or an end of session.
std::uint64_t messages_of(std::span<const std::byte> packet) noexcept {
    if (packet.size() < sizeof(mold::Header)) return 0;
    const std::uint16_t count = wire::overlay<mold::Header>(packet).message_count;
    return count == mold::kEndOfSession ? 0 : count;
}

bool is_end_of_session(std::span<const std::byte> packet) noexcept {
    return packet.size() >= sizeof(mold::Header) &&
           wire::overlay<mold::Header>(packet).message_count == mold::kEndOfSession;
}

template <std::size_t... I>
std::array<Random, sizeof...(I)> make_generators(std::uint64_t seed, std::uint64_t stream,
                                                 std::index_sequence<I...>) noexcept {
    return {Random{seed, kImpairmentStreams + stream * sizeof...(I) + I}...};
}

}  // namespace

Impairment::Impairment(const ImpairmentOptions& options, std::uint64_t seed, std::uint64_t stream,
                       double ticks_per_ns, std::size_t held_max)
    : options_{options},
      delay_ticks_{static_cast<std::uint64_t>(
          std::llround(static_cast<double>(options.delay_ns) * ticks_per_ns))},
      hold_max_ticks_{static_cast<std::uint64_t>(
          std::llround(static_cast<double>(kHoldMax_ns) * ticks_per_ns))},
      random_{make_generators(seed, stream, std::make_index_sequence<kKinds>{})},
      // One more for the packet that was given out last, and two for the incoming one.
      slots_(held_max + 3),
      taken_{kNoSlot} {
    chances_.begin_q32 = {to_q32(options.drop),    to_q32(options.burst), to_q32(options.duplicate),
                          to_q32(options.reorder), to_q32(options.delay), to_q32(options.corrupt),
                          to_q32(options.truncate)};
    chances_.burst_goes_on_q32 = to_q32(1.0 - 1.0 / std::max(options.burst_packets, 1.0));
    free_.reserve(slots_.size());
    due_.reserve(slots_.size());
    held_.reserve(slots_.size());
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
        free_.push_back(i);
}

bool Impairment::draw(Kind kind, std::uint64_t chance_q32) noexcept {
    return random_[kind].next() >> 32 < chance_q32;
}

// Every kind draws for every packet, so that no kind changes what another decides.
std::uint8_t Impairment::decide(bool is_control) noexcept {
    std::uint8_t marks = 0;
    const auto& chances = chances_.begin_q32;
    if (draw(drop, chances[drop])) marks |= bit(Mark::dropped);
    const bool lost_in_burst = draw(burst, in_burst_ ? chances_.burst_goes_on_q32 : chances[burst]);
    in_burst_ = lost_in_burst;
    if (lost_in_burst) marks |= bit(Mark::dropped);
    const bool in_gap = !is_control && counters_.packets >= options_.gap_at &&
                        counters_.packets - options_.gap_at < options_.gap_packets;
    if (in_gap) marks |= bit(Mark::dropped);
    if (draw(duplicate, chances[duplicate])) marks |= bit(Mark::duplicated);
    if (draw(reorder, chances[reorder])) marks |= bit(Mark::reordered);
    if (draw(delay, chances[delay])) marks |= bit(Mark::delayed);
    if (draw(corrupt, chances[corrupt])) marks |= bit(Mark::corrupted);
    if (draw(truncate, chances[truncate])) marks |= bit(Mark::truncated);
    if (has(marks, Mark::dropped)) return bit(Mark::dropped);
    if (is_control) return marks & bit(Mark::duplicated);
    if (has(marks, Mark::reordered)) marks &= static_cast<std::uint8_t>(~bit(Mark::delayed));
    return marks;
}

std::uint8_t Impairment::offer(std::span<const std::byte> packet, std::uint64_t now) noexcept {
    if (taken_ != kNoSlot) free_.push_back(std::exchange(taken_, kNoSlot));
    const std::uint64_t messages = messages_of(packet);
    std::uint8_t marks = decide(messages == 0);
    if (is_end_of_session(packet)) release_all(now);
    if (!has(marks, Mark::dropped)) {
        if (free_.size() < 2 || !place(packet, marks, now)) {
            marks = bit(Mark::dropped);
            ++counters_.no_room;
        } else if (has(marks, Mark::duplicated)) {
            (void)place(packet, marks, now);
        }
    }
    count(marks, messages);
    if (!has(marks, Mark::dropped) && !has(marks, Mark::reordered) && !has(marks, Mark::delayed)) {
        passed(now);
    }
    return marks;
}

void Impairment::count(std::uint8_t marks, std::uint64_t messages) noexcept {
    if (messages == 0) {
        ++counters_.control_packets;
        counters_.control_dropped += has(marks, Mark::dropped);
        return;
    }
    ++counters_.packets;
    counters_.messages += messages;
    const auto add = [&](Mark mark, std::uint64_t& packets, std::uint64_t* of_messages) {
        if (!has(marks, mark)) return;
        ++packets;
        if (of_messages != nullptr) *of_messages += messages;
    };
    add(Mark::dropped, counters_.dropped_packets, &counters_.dropped_messages);
    add(Mark::duplicated, counters_.duplicated_packets, &counters_.duplicated_messages);
    add(Mark::reordered, counters_.reordered_packets, nullptr);
    add(Mark::delayed, counters_.delayed_packets, nullptr);
    add(Mark::corrupted, counters_.corrupted_packets, &counters_.corrupted_messages);
    add(Mark::truncated, counters_.truncated_packets, &counters_.truncated_messages);
}

bool Impairment::place(std::span<const std::byte> packet, std::uint8_t marks,
                       std::uint64_t now) noexcept {
    if (packet.empty() || packet.size() > mold::kPayloadBytesMax) return false;
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.bytes = packet.size();
    std::memcpy(slot.packet.data(), packet.data(), packet.size());
    change(slot, marks);
    if (has(marks, Mark::reordered)) {
        slot.due = now + hold_max_ticks_;
        slot.passes = passed_ + 1 + random_[reorder].below(std::max(options_.reorder_packets, 1U));
        held_.push_back(index);
    } else if (has(marks, Mark::delayed)) {
        queue(index, now + delay_ticks_);
    } else {
        last_due_ = std::max(last_due_, now);
        queue(index, last_due_);
    }
    return true;
}

void Impairment::change(Slot& slot, std::uint8_t marks) noexcept {
    if (has(marks, Mark::corrupted)) {
        const std::uint32_t flips = 1 + random_[corrupt].below(3);
        for (std::uint32_t i = 0; i < flips; ++i) {
            const std::uint32_t at =
                random_[corrupt].below(static_cast<std::uint32_t>(slot.bytes * 8));
            slot.packet[at / 8] ^= std::byte{1} << (at % 8);
        }
    }
    if (has(marks, Mark::truncated) && slot.bytes > 1) {
        slot.bytes = 1 + random_[truncate].below(static_cast<std::uint32_t>(slot.bytes - 1));
    }
}

// A packet was not held: releases those that waited for it.
void Impairment::passed(std::uint64_t now) noexcept {
    ++passed_;
    std::erase_if(held_, [&](std::uint32_t index) {
        if (slots_[index].passes > passed_) return false;
        queue(index, std::max(last_due_, now));
        return true;
    });
}

bool Impairment::is_later(std::uint32_t a, std::uint32_t b) const noexcept {
    if (slots_[a].due != slots_[b].due) return slots_[a].due > slots_[b].due;
    return slots_[a].order > slots_[b].order;
}

void Impairment::queue(std::uint32_t slot, std::uint64_t due) noexcept {
    slots_[slot].due = due;
    slots_[slot].order = order_++;
    due_.push_back(slot);
    std::push_heap(due_.begin(), due_.end(), [this](auto a, auto b) { return is_later(a, b); });
}

void Impairment::queue_expired(std::uint64_t now) noexcept {
    std::erase_if(held_, [&](std::uint32_t index) {
        if (slots_[index].due > now) return false;
        queue(index, slots_[index].due);
        return true;
    });
}

std::uint64_t Impairment::next_due() const noexcept {
    std::uint64_t due = due_.empty() ? kNever : slots_[due_.front()].due;
    if (!held_.empty()) due = std::min(due, slots_[held_.front()].due);  // the oldest: in order
    return due;
}

std::span<const std::byte> Impairment::take(std::uint64_t now) noexcept {
    if (!held_.empty() && slots_[held_.front()].due <= now) queue_expired(now);
    if (due_.empty() || slots_[due_.front()].due > now) return {};
    std::pop_heap(due_.begin(), due_.end(), [this](auto a, auto b) { return is_later(a, b); });
    if (taken_ != kNoSlot) free_.push_back(taken_);
    taken_ = due_.back();
    due_.pop_back();
    return std::span{slots_[taken_].packet}.first(slots_[taken_].bytes);
}

void Impairment::release_all(std::uint64_t now) noexcept {
    last_due_ = std::min(last_due_, now);
    for (std::uint32_t index : due_)
        slots_[index].due = std::min(slots_[index].due, now);
    std::make_heap(due_.begin(), due_.end(), [this](auto a, auto b) { return is_later(a, b); });
    for (std::uint32_t index : held_)
        queue(index, now);
    held_.clear();
}

}  // namespace rxlab::feedsim
