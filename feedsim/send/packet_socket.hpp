// SPDX-License-Identifier: MIT
//
// Sends a feed as complete Ethernet frames through a packet socket (packet(7)). This bypasses the
// sender's UDP, IP and routing layers, so that the sender's own stack is a smaller part of what a
// benchmark measures. A receiver sees the same datagrams as from a MulticastSocket.
// The UDP checksum is left out (zero: "not computed", RFC 768): over veth a UDP socket does not
// complete it either, and a receiving kernel verifies neither.
// Needs CAP_NET_RAW in the interface's network namespace.
// Ownership: owns its descriptor. Threading: belongs to one thread.
#pragma once

#include "feedsim/send/network_interface.hpp"
#include "feedsim/send/transmitter.hpp"

#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <array>
#include <string>

namespace rxlab::feedsim {

class PacketSocket final : public Transmitter {
  public:
    // `vlan`: 802.1Q id of every frame, 0: untagged. Throws program::RunError if the interface
    // cannot be used or this process has no CAP_NET_RAW.
    PacketSocket(const wire::Ipv4Endpoint& group, const std::string& interface, std::uint8_t ttl,
                 std::uint16_t vlan);
    ~PacketSocket() override;

    // Broken: the interface is gone or went down (ENETDOWN, ENODEV, ENXIO).
    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override;

  private:
    std::string group_;
    std::string interface_;
    wire::UdpFrame fields_;
    std::array<std::byte, wire::kUdpFrameHeaderBytesMax + wire::mold::kPayloadBytesMax> frame_;
    int descriptor_;
    int first_error_ = 0;
};

}  // namespace rxlab::feedsim
