// SPDX-License-Identifier: MIT
//
// Packets that arrived too early, in the order of their sequence numbers, until what is missing
// before them has come. All memory is allocated and touched by the constructor: a gap never makes
// it grow. Ownership: copies of the payloads. Threading: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rxlab::feed {

// Where a packet came from.
enum class Origin : std::uint8_t {
    line,    // multicast, line A or B
    answer,  // a re-request server
};

// How a packet arrived.
struct Arrival {
    Origin origin = Origin::line;
    std::uint64_t now_ns = 0;  // on the caller's time scale, which may be virtual
    std::uint64_t stamp = 0;   // handed back with the packet, not looked at
    bool held = false;         // set where the packet had to wait
};

class PacketHold {
  public:
    // Payloads up to here can be held: MoldUDP64 keeps to 1,472 bytes on Ethernet.
    static constexpr std::size_t kPayloadBytesMax = 1'536;

    struct Packet {
        std::uint64_t sequence = 0;
        std::uint64_t end = 0;  // one past its last message
        std::span<const std::byte> payload;
        Arrival arrival;
    };

    // Room for `packets` (at least 1). Throws std::bad_alloc.
    explicit PacketHold(std::size_t packets);

    [[nodiscard]] std::size_t capacity() const noexcept { return slots_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] bool full() const noexcept { return count_ == slots_.size(); }

    // Copies a packet in, which must fit: the hold not full, the payload not too long.
    void insert(const Packet& packet) noexcept;

    // Whether there is a packet that begins with `sequence` and goes to `end` at least.
    [[nodiscard]] bool holds(std::uint64_t sequence, std::uint64_t end) const noexcept;

    // The packet at `index`, ascending by sequence number; its payload is valid until it is popped.
    [[nodiscard]] const Packet& operator[](std::size_t index) const noexcept {
        return slots_[order_[place(index)]];
    }
    [[nodiscard]] const Packet& front() const noexcept { return (*this)[0]; }
    void pop_front() noexcept;
    void clear() noexcept;

  private:
    [[nodiscard]] std::size_t place(std::size_t index) const noexcept {
        return (head_ + index) & (order_.size() - 1);
    }
    // Index of the first held packet that comes after `sequence`.
    [[nodiscard]] std::size_t index_after(std::uint64_t sequence) const noexcept;

    std::vector<std::byte> memory_;
    std::vector<Packet> slots_;
    std::vector<std::uint32_t> free_;   // slots; a stack
    std::vector<std::uint32_t> order_;  // slots, a ring of 2^n from head_ on
    std::size_t head_ = 0;
    std::size_t count_ = 0;
};

}  // namespace rxlab::feed
