// SPDX-License-Identifier: MIT
//
// Packets that must wait, in the order of their sequence numbers. All memory is allocated and
// touched by the constructor: a gap never makes it grow. Memory is given out in cells, of which a
// packet of an ordinary Ethernet takes one and a longer one (jumbo frames) several.
// Ownership: copies of the payloads. Threading: one thread.
#pragma once

#include <rxlab/rx/packet_source.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::rx {

// How a packet arrived.
struct Arrival {
    bool is_answer = false;  // of a re-request server, not multicast on a line
    LineId id{};
    std::uint32_t source = 0;  // as PacketView::source
    std::uint64_t now_ns = 0;  // on the caller's time scale, which may be virtual
    std::uint64_t stamp = 0;   // handed back with the packet, not looked at
    bool held = false;         // set where the packet had to wait
};

class PacketHold {
  public:
    static constexpr std::size_t kCellBytes = 1'536;

    struct Packet {
        std::uint64_t sequence = 0;
        std::uint64_t end = 0;  // one past its last message
        Arrival arrival;
        std::uint32_t bytes = 0;
        std::uint32_t cell = 0;  // the first
    };

    // Room for `packets` (at least 1) of up to kCellBytes. Throws std::bad_alloc.
    explicit PacketHold(std::size_t packets);

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
        return cells_of(bytes) <= free_cells_.size();
    }

    // Copies a packet in; false, and nothing changed, where there is no room.
    bool insert(std::uint64_t sequence, std::uint64_t end, std::span<const std::byte> payload,
                const Arrival& arrival) noexcept;

    // Whether there is a packet that begins with `sequence` and goes to `end` at least.
    [[nodiscard]] bool holds(std::uint64_t sequence, std::uint64_t end) const noexcept;

    // The packet at `index`, ascending by sequence number.
    [[nodiscard]] const Packet& operator[](std::size_t index) const noexcept {
        return order_[place(index)];
    }
    [[nodiscard]] const Packet& front() const noexcept { return (*this)[0]; }
    // The payload of the first packet, in one piece; valid until the next call of a function that
    // is not const.
    [[nodiscard]] std::span<const std::byte> front_payload() noexcept;
    void pop_front() noexcept;
    void clear() noexcept;

  private:
    [[nodiscard]] static std::size_t cells_of(std::size_t bytes) noexcept {
        return bytes == 0 ? 1 : (bytes + kCellBytes - 1) / kCellBytes;
    }
    [[nodiscard]] std::size_t place(std::size_t index) const noexcept {
        return (head_ + index) & (order_.size() - 1);
    }
    [[nodiscard]] std::byte* memory_of(std::uint32_t cell) noexcept {
        return memory_.data() + std::size_t{cell} * kCellBytes;
    }
    // Index of the first held packet that comes after `sequence`.
    [[nodiscard]] std::size_t index_after(std::uint64_t sequence) const noexcept;

    std::vector<std::byte> memory_;
    std::vector<std::uint32_t> next_cell_;   // of the same packet
    std::vector<std::uint32_t> free_cells_;  // a stack
    std::vector<Packet> order_;              // a ring of 2^n from head_ on
    std::vector<std::byte> whole_;           // a payload of several cells
    std::size_t head_ = 0;
    std::size_t count_ = 0;
};

}  // namespace rxlab::rx
