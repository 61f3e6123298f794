// SPDX-License-Identifier: MIT
//
// Feeds that are sent through one interface: as datagrams of a UDP socket, or as whole Ethernet
// frames of a packet socket. Ownership: each owns its socket. Threading: belong to one thread.
#pragma once

#include "feedsim/send/transmitter.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/moldudp64.hpp>

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::feedsim {

// What both have in common.
class SocketTransmitter : public Transmitter {
  public:
    [[nodiscard]] std::string failure() const override;

  protected:
    SocketTransmitter(const wire::Ipv4Endpoint& group, const std::string& interface)
        : group_{wire::to_string(group)}, interface_{interface} {}

    // Of what send(2) returned. Broken: the interface is gone, went down, or has no route to the
    // group (ENETDOWN, ENODEV, ENXIO, ENETUNREACH). Any other error refuses only this packet.
    [[nodiscard]] SendResult result_of(ssize_t sent_bytes) noexcept;

    std::string group_;
    std::string interface_;
    program::Descriptor socket_;

  private:
    int first_error_ = 0;
};

// A UDP socket connected to one multicast group.
class MulticastSocket final : public SocketTransmitter {
  public:
    // `loop`: deliver to receivers on this host, too (IP_MULTICAST_LOOP). Throws program::RunError
    // if the interface does not exist or is down, or the socket cannot be set up.
    MulticastSocket(const wire::Ipv4Endpoint& group, const std::string& interface, int ttl,
                    bool loop);

    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
};

// Complete Ethernet frames through a packet socket (packet(7)). This bypasses the sender's UDP, IP
// and routing layers, so that the sender's own stack is a smaller part of what a benchmark
// measures. A receiver sees the same datagrams as from a MulticastSocket. The UDP checksum is left
// out (zero: "not computed", RFC 768): over veth a UDP socket does not complete it either, and a
// receiving kernel verifies neither. Needs CAP_NET_RAW in the interface's network namespace.
class PacketSocket final : public SocketTransmitter {
  public:
    // `vlan`: 802.1Q id of every frame, 0: untagged. Throws program::RunError if the interface
    // cannot be used or this process has no CAP_NET_RAW.
    PacketSocket(const wire::Ipv4Endpoint& group, const std::string& interface, std::uint8_t ttl,
                 std::uint16_t vlan);

    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;

  private:
    wire::UdpFrame fields_;
    std::array<std::byte, wire::kUdpFrameHeaderBytesMax + wire::mold::kPayloadBytesMax> frame_;
};

}  // namespace rxlab::feedsim
