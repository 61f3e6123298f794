// SPDX-License-Identifier: MIT
//
// The IPv4 header (RFC 791) as a wire struct, and its checksum.
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::wire {

struct Ipv4Header {
    be8 version_and_words;  // 4 bits each: version 4; header length in 32-bit words, at least 5
    be8 service;
    be16 total_length;  // header and payload, in bytes
    be16 identification;
    be16 fragment;  // flags (3 bits), offset of this fragment in units of 8 bytes (13)
    be8 time_to_live;
    be8 protocol;
    be16 checksum;
    be32 source;
    be32 destination;
};
static_assert(sizeof(Ipv4Header) == 20 && WireStruct<Ipv4Header>);

inline constexpr std::uint8_t kIpv4NoOptions = 0x45;  // version 4, 5 words
inline constexpr std::uint8_t kIpProtocolUdp = 17;
inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4FragmentOffsetMask = 0x1fff;

// What the checksum field of `header` (with its options: 20 to 60 bytes) should hold, in host
// order; what it holds now does not matter.
[[nodiscard]] std::uint16_t ipv4_header_checksum(std::span<const std::byte> header) noexcept;

}  // namespace rxlab::wire
