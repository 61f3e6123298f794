// SPDX-License-Identifier: MIT
#include <rxlab/feed/packet_hold.hpp>

#include <algorithm>
#include <bit>
#include <cassert>

namespace rxlab::feed {

PacketHold::PacketHold(std::size_t packets)
    : memory_(std::max<std::size_t>(packets, 1) * kPayloadBytesMax),
      slots_(std::max<std::size_t>(packets, 1)),
      order_(std::bit_ceil(slots_.size())) {
    free_.reserve(slots_.size());
    clear();
}

void PacketHold::clear() noexcept {
    head_ = 0;
    count_ = 0;
    free_.clear();
    for (std::size_t i = slots_.size(); i-- > 0;)
        free_.push_back(static_cast<std::uint32_t>(i));
}

std::size_t PacketHold::index_after(std::uint64_t sequence) const noexcept {
    // Most packets come behind all others: a gap is open, and the feed goes on.
    if (count_ == 0 || (*this)[count_ - 1].sequence <= sequence) return count_;
    std::size_t low = 0;
    std::size_t high = count_ - 1;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if ((*this)[middle].sequence <= sequence) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void PacketHold::insert(const Packet& packet) noexcept {
    assert(!full() && packet.payload.size() <= kPayloadBytesMax);
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    std::byte* const memory = memory_.data() + std::size_t{slot} * kPayloadBytesMax;
    std::copy(packet.payload.begin(), packet.payload.end(), memory);
    slots_[slot] = packet;
    slots_[slot].payload = {memory, packet.payload.size()};

    // The shorter side makes room.
    const std::size_t at = index_after(packet.sequence);
    if (at * 2 >= count_) {
        for (std::size_t i = count_; i > at; --i)
            order_[place(i)] = order_[place(i - 1)];
    } else {
        head_ = (head_ - 1) & (order_.size() - 1);
        for (std::size_t i = 0; i < at; ++i)
            order_[place(i)] = order_[place(i + 1)];
    }
    order_[place(at)] = slot;
    ++count_;
}

bool PacketHold::holds(std::uint64_t sequence, std::uint64_t end) const noexcept {
    for (std::size_t i = index_after(sequence); i-- > 0 && (*this)[i].sequence == sequence;) {
        if ((*this)[i].end >= end) return true;
    }
    return false;
}

void PacketHold::pop_front() noexcept {
    assert(!empty());
    free_.push_back(order_[head_]);
    head_ = place(1);
    --count_;
}

}  // namespace rxlab::feed
