// SPDX-License-Identifier: MIT
#include <rxlab/rx/packet_hold.hpp>
#include <rxlab/wire/udp.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

namespace rxlab::rx {

PacketHold::PacketHold(std::size_t packets)
    : memory_(std::max<std::size_t>(packets, 1) * kCellBytes),
      next_cell_(memory_.size() / kCellBytes),
      order_(std::bit_ceil(next_cell_.size())),
      whole_(std::min(memory_.size(), wire::kUdpPayloadBytesMax)) {
    free_cells_.reserve(next_cell_.size());
    clear();
}

void PacketHold::clear() noexcept {
    head_ = 0;
    count_ = 0;
    free_cells_.resize(next_cell_.size());
    std::iota(free_cells_.rbegin(), free_cells_.rend(), 0U);
}

std::size_t PacketHold::index_after(std::uint64_t sequence) const noexcept {
    // Most packets come behind all others: a gap is open, and the feed goes on.
    if (count_ == 0 || (*this)[count_ - 1].sequence <= sequence) return count_;
    std::size_t low = 0;
    for (std::size_t high = count_ - 1; low < high;) {
        const std::size_t middle = low + (high - low) / 2;
        const bool is_before = (*this)[middle].sequence <= sequence;
        low = is_before ? middle + 1 : low;
        high = is_before ? high : middle;
    }
    return low;
}

bool PacketHold::insert(std::uint64_t sequence, std::uint64_t end,
                        std::span<const std::byte> payload, const Arrival& arrival) noexcept {
    if (!has_room(payload.size())) return false;
    const Packet packet{sequence, end, arrival, static_cast<std::uint32_t>(payload.size()),
                        free_cells_.back()};
    for (std::size_t cells = cells_of(payload.size()); cells > 0; --cells) {
        const std::uint32_t cell = free_cells_.back();
        free_cells_.pop_back();
        const std::size_t bytes = std::min(payload.size(), kCellBytes);
        std::copy_n(payload.begin(), bytes, memory_of(cell));
        payload = payload.subspan(bytes);
        if (cells > 1) next_cell_[cell] = free_cells_.back();
    }

    // The shorter side makes room.
    const std::size_t at = index_after(sequence);
    if (at * 2 >= count_) {
        for (std::size_t i = count_; i > at; --i)
            order_[place(i)] = order_[place(i - 1)];
    } else {
        head_ = (head_ - 1) & (order_.size() - 1);
        for (std::size_t i = 0; i < at; ++i)
            order_[place(i)] = order_[place(i + 1)];
    }
    order_[place(at)] = packet;
    ++count_;
    return true;
}

bool PacketHold::holds(std::uint64_t sequence, std::uint64_t end) const noexcept {
    for (std::size_t i = index_after(sequence); i-- > 0 && (*this)[i].sequence == sequence;)
        if ((*this)[i].end >= end) return true;
    return false;
}

std::span<const std::byte> PacketHold::front_payload() noexcept {
    const Packet& packet = front();
    if (packet.bytes <= kCellBytes) return {memory_of(packet.cell), packet.bytes};
    std::uint32_t cell = packet.cell;
    for (std::size_t at = 0; at < packet.bytes; at += kCellBytes, cell = next_cell_[cell])
        std::copy_n(memory_of(cell), std::min(kCellBytes, packet.bytes - at), whole_.data() + at);
    return {whole_.data(), packet.bytes};
}

void PacketHold::pop_front() noexcept {
    assert(!empty());
    const Packet& packet = front();
    std::uint32_t cell = packet.cell;
    for (std::size_t cells = cells_of(packet.bytes); cells > 0; --cells) {
        free_cells_.push_back(cell);
        cell = next_cell_[cell];
    }
    head_ = place(1);
    --count_;
}

}  // namespace rxlab::rx
