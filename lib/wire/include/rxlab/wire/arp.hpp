// SPDX-License-Identifier: MIT
//
// The answer of a host past the kernel to whoever asks for its MAC address (ARP over Ethernet, RFC
// 826). Requests alone are read; nothing is learnt.
#pragma once

#include <rxlab/wire/byte_order.hpp>
#include <rxlab/wire/ethernet.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rxlab::wire {

inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kArpRequest = 1, kArpReply = 2;

struct ArpFrame {
    EthernetHeader ethernet;
    be16 hardware{1};  // Ethernet
    be16 protocol{kEtherTypeIpv4};
    be8 hardware_bytes{6}, protocol_bytes{4};
    be16 operation;
    MacAddress sender_mac;
    be32 sender;
    MacAddress target_mac;
    be32 target;
};
static_assert(sizeof(ArpFrame) == 42 && WireStruct<ArpFrame>);

// Nothing unless `frame`, untagged, asks for `address` (host order).
[[nodiscard]] inline std::optional<ArpFrame> answer_arp(std::span<const std::byte> frame,
                                                        std::uint32_t address,
                                                        const MacAddress& mac) noexcept {
    if (frame.size() < sizeof(ArpFrame)) return {};
    const auto& asked = overlay<ArpFrame>(frame);
    const ArpFrame usual{};
    const bool is_request = asked.ethernet.type == kEtherTypeArp &&
                            asked.hardware == usual.hardware && asked.protocol == usual.protocol &&
                            asked.hardware_bytes == usual.hardware_bytes &&
                            asked.protocol_bytes == usual.protocol_bytes &&
                            asked.operation == kArpRequest && asked.target == address;
    if (!is_request) return {};
    ArpFrame answer{};
    answer.ethernet = {asked.sender_mac, mac, kEtherTypeArp};
    answer.operation = kArpReply;
    answer.sender_mac = mac;
    answer.sender = address;
    answer.target_mac = asked.sender_mac;
    answer.target = asked.sender;
    return answer;
}

}  // namespace rxlab::wire
