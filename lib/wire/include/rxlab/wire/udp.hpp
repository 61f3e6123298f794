// SPDX-License-Identifier: MIT
//
// The UDP header (RFC 768) as a wire struct, and its checksum.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::wire {

struct UdpHeader {
    be16 source_port;
    be16 destination_port;
    be16 length;    // header and payload, in bytes
    be16 checksum;  // 0: the sender made none
};
static_assert(sizeof(UdpHeader) == 8 && WireStruct<UdpHeader>);

// What fits behind an IPv4 header without options.
inline constexpr std::size_t kUdpPayloadBytesMax = 65'535 - 20 - sizeof(UdpHeader);

// What the checksum field of `datagram` (UDP header and payload, 8 to 65,535 bytes) should hold
// between these IPv4 addresses (host order); what it holds now does not matter. Never 0.
[[nodiscard]] std::uint16_t udp_checksum(std::uint32_t source, std::uint32_t destination,
                                         std::span<const std::byte> datagram) noexcept;

}  // namespace rxlab::wire
