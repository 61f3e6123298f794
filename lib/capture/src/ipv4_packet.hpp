// SPDX-License-Identifier: MIT
//
// Where IPv4 stands in a captured frame, for what parse_udp_frame() does not tell: trailers behind
// it, tunnels, and frames that the recorder cut short. Stateless.
#pragma once

#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/ipv4.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace rxlab::capture {

struct Ipv4Packet {
    wire::detail::VlanTags tags;
    std::size_t begin = 0;               // of its header in the frame
    std::size_t end = 0;                 // by its total length; may lie behind the frame's end
    std::span<const std::byte> payload;  // behind its header, as far as it is there
    const wire::Ipv4Header* header = nullptr;

    [[nodiscard]] bool is_fragment() const noexcept {
        return (header->fragment & (wire::kIpv4MoreFragments | wire::kIpv4FragmentOffsetMask)) != 0;
    }
};

// Nothing where the frame holds no whole IPv4 header.
[[nodiscard]] inline std::optional<Ipv4Packet> ipv4_packet(
    std::span<const std::byte> frame) noexcept {
    if (frame.size() < sizeof(wire::EthernetHeader)) return {};
    Ipv4Packet packet;
    packet.tags = wire::detail::skip_vlan_tags(frame.subspan(sizeof(wire::EthernetHeader)),
                                               wire::overlay<wire::EthernetHeader>(frame).type);
    if (packet.tags.status != wire::FrameStatus::ok) return {};
    packet.begin = sizeof(wire::EthernetHeader) + packet.tags.bytes;
    const auto rest = frame.subspan(packet.begin);
    if (rest.size() < sizeof(wire::Ipv4Header)) return {};
    packet.header = &wire::overlay<wire::Ipv4Header>(rest);
    const std::size_t header_bytes = (packet.header->version_and_words & 0xfU) * 4;
    const std::size_t total_bytes = packet.header->total_length;
    if (packet.header->version_and_words >> 4 != 4 || header_bytes < sizeof(wire::Ipv4Header) ||
        total_bytes < header_bytes || rest.size() < header_bytes) {
        return {};
    }
    packet.end = packet.begin + total_bytes;
    packet.payload = rest.first(std::min(rest.size(), total_bytes)).subspan(header_bytes);
    return packet;
}

}  // namespace rxlab::capture
