// SPDX-License-Identifier: MIT
//
// What a receiver is: a PacketSource plus the shared pipeline. Two receivers differ in their source
// and in nothing else, so a comparison of receivers compares how packets reach user space.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace rxlab::rx {

// Which feed a packet belongs to, and which of its lines brought it.
struct LineId {
    std::uint16_t feed = 0;  // index of the --group option
    std::uint8_t line = 0;   // 0: A (--group), 1: B (--line-b)

    friend bool operator==(const LineId&, const LineId&) = default;
};

// Nanoseconds between a stamp that the packet got on its way and the return of poll(), at least 1;
// 0: there is none. Both in one word, so that one look tells that there are none.
struct alignas(std::uint64_t) StampAges {
    std::uint32_t kernel_ns = 0;  // the kernel's, on receipt
    std::uint32_t nic_ns = 0;     // the NIC's

    // By one store; GCC 12 makes two of `= {}`.
    void clear() noexcept { std::memset(static_cast<void*>(this), 0, sizeof *this); }
};

// One received UDP payload. The bytes belong to the source and stay valid until its next poll().
struct PacketView {
    std::span<const std::byte> payload;
    LineId id;
    std::uint32_t source = 0;  // IPv4 address of the sender, host order; 0: not known
    StampAges ages{};
};

// poll() fills `batch` from the front and returns how many; it never blocks unless its mode says
// so, and then returns 0 when a signal interrupts it. failed() tells that the source will deliver
// nothing any more (device removed, socket error).
template <typename S>
concept PacketSource = requires(S source, const S& constant, std::span<PacketView> batch) {
    { source.poll(batch) }
    noexcept->std::same_as<std::size_t>;
    { constant.failed() }
    noexcept->std::same_as<bool>;
};

// Most packets that one poll() may return: enough to amortise a burst, few enough to stay in L1.
inline constexpr std::size_t kBatchPackets = 32;

}  // namespace rxlab::rx
