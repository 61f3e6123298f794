// SPDX-License-Identifier: MIT
//
// What a receiver is: a PacketSource plus the shared pipeline. Two receivers differ in their source
// and in nothing else, so a comparison of receivers compares how packets reach user space.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::rx {

// One received UDP payload. The bytes belong to the source and stay valid until its next poll().
struct PacketView {
    std::span<const std::byte> payload;
    std::uint32_t feed = 0;  // index of the --group option that it was received for
    // Nanoseconds between the kernel's receive stamp and the return of poll(); 0: none was taken.
    std::uint32_t kernel_age_ns = 0;
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
