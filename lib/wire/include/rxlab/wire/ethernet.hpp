// SPDX-License-Identifier: MIT
//
// Ethernet II, the 802.1Q tag and what else stands before IPv4, as wire structs (byte_order.hpp
// says what may be done with them).
#pragma once

#include <rxlab/wire/byte_order.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace rxlab::wire {

using MacAddress = std::array<std::byte, 6>;

struct EthernetHeader {
    MacAddress destination;
    MacAddress source;
    be16 type;  // of what follows
};
static_assert(sizeof(EthernetHeader) == 14 && WireStruct<EthernetHeader>);

// Stands between the Ethernet header, whose type is then one of the VLAN types below, and what it
// carries.
struct VlanTag {
    be16 control;  // priority (3 bits), drop eligible (1), VLAN id (12)
    be16 type;     // of what follows
};
static_assert(sizeof(VlanTag) == 4 && WireStruct<VlanTag>);

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;         // IEEE 802.1Q
inline constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;  // IEEE 802.1ad: the outer of two
// The outer of two on switches from before 802.1ad, and on those that are set up to go on so.
inline constexpr std::uint16_t kEtherTypeOldServiceVlan = 0x9100;
inline constexpr std::uint16_t kEtherTypeOldServiceVlan2 = 0x9200;
inline constexpr std::uint16_t kVlanIdMask = 0x0fff;

[[nodiscard]] constexpr bool is_vlan_type(std::uint16_t type) noexcept {
    return type == kEtherTypeVlan || type == kEtherTypeServiceVlan ||
           type == kEtherTypeOldServiceVlan || type == kEtherTypeOldServiceVlan2;
}

// A time stamp that Arista switches write behind the addresses of what they mirror: this type, the
// header below, seconds (4 bytes or 2) and nanoseconds (4), and the type of what follows. Source:
// tcpdump's print-arista.c and its description of the fields.
inline constexpr std::uint16_t kEtherTypeArista = 0xd28b;
struct AristaHeader {
    be16 subtype;   // kAristaTimestamp, or something else, of a length that is not known here
    be8 timescale;  // 0: TAI, 1: UTC
    be8 format;     // upper half: 1: seconds of 4 bytes, 2: of 2; lower half: which hardware
};
static_assert(sizeof(AristaHeader) == 4 && WireStruct<AristaHeader>);
inline constexpr std::uint16_t kAristaTimestamp = 1;

// Bytes of the seconds and nanoseconds behind it; 0: unknown.
[[nodiscard]] inline std::size_t arista_stamp_bytes(const AristaHeader& header) noexcept {
    if (header.subtype != kAristaTimestamp) return 0;
    const int format = header.format >> 4;
    return format == 1 ? 8 : format == 2 ? 6 : 0;
}

// The address that an IPv4 multicast group (host order) has on Ethernet: 01:00:5e and the group's
// low 23 bits (RFC 1112, section 6.4). 32 groups share each address, so it never filters alone.
[[nodiscard]] constexpr MacAddress multicast_mac(std::uint32_t group) noexcept {
    return {std::byte{0x01},
            std::byte{0x00},
            std::byte{0x5e},
            static_cast<std::byte>(group >> 16 & 0x7f),
            static_cast<std::byte>(group >> 8 & 0xff),
            static_cast<std::byte>(group & 0xff)};
}

}  // namespace rxlab::wire
