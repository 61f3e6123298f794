// SPDX-License-Identifier: MIT
//
// Ethernet II and the 802.1Q tag, as wire structs (byte_order.hpp says what may be done with them).
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

// Stands between the Ethernet header, whose type is then kEtherTypeVlan or kEtherTypeServiceVlan,
// and what it carries.
struct VlanTag {
    be16 control;  // priority (3 bits), drop eligible (1), VLAN id (12)
    be16 type;     // of what follows
};
static_assert(sizeof(VlanTag) == 4 && WireStruct<VlanTag>);

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;         // IEEE 802.1Q
inline constexpr std::uint16_t kEtherTypeServiceVlan = 0x88a8;  // IEEE 802.1ad: the outer of two
inline constexpr std::uint16_t kVlanIdMask = 0x0fff;

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
