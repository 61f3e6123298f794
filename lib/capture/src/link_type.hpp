// SPDX-License-Identifier: MIT
//
// Link types: how a captured packet begins, and how to make an Ethernet frame of it, so that one
// parser serves all. Stateless. Numbers: https://www.tcpdump.org/linktypes.html
#pragma once

#include <rxlab/wire/ethernet.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rxlab::capture {

inline constexpr std::string_view kReadableLinkTypes =
    "Ethernet, Linux cooked (SLL, SLL2), raw IP and BSD loopback (NULL, LOOP)";

[[nodiscard]] bool is_readable(std::uint32_t link_type) noexcept;
// "IEEE802_11", or the number where libpcap knows no name.
[[nodiscard]] std::string link_type_name(std::uint32_t link_type);

// Room that as_ethernet() needs before a packet.
inline constexpr std::size_t kHeadroom = sizeof(wire::EthernetHeader);

// The packet that begins at `memory[kHeadroom]` as an Ethernet frame, without addresses where the
// link type has none; writes into `memory`. Empty where the packet is shorter than its link type's
// own header.
[[nodiscard]] std::span<const std::byte> as_ethernet(std::uint32_t link_type,
                                                     std::span<std::byte> memory) noexcept;

}  // namespace rxlab::capture
