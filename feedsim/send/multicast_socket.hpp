// SPDX-License-Identifier: MIT
//
// A UDP socket connected to one multicast group, sending through one interface.
// Ownership: owns its descriptor. Threading: belongs to one thread.
#pragma once

#include "feedsim/send/transmitter.hpp"

#include <rxlab/wire/address.hpp>

#include <string>

namespace rxlab::feedsim {

struct SocketOptions {
    std::string interface;
    int ttl = 1;
    bool loop = false;  // deliver to receivers on this host, too (IP_MULTICAST_LOOP)
};

class MulticastSocket final : public Transmitter {
  public:
    // Throws program::RunError if the interface does not exist or is down, or the socket cannot be
    // set up.
    MulticastSocket(const wire::Ipv4Endpoint& group, const SocketOptions& options);
    ~MulticastSocket() override;

    // Broken: the interface is gone, went down, or has no route to the group (ENETDOWN, ENODEV,
    // ENETUNREACH). Any other error refuses only this packet.
    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override;

  private:
    void set_up(const wire::Ipv4Endpoint& group, const SocketOptions& options);

    std::string group_;
    std::string interface_;
    int descriptor_;
    int first_error_ = 0;
};

}  // namespace rxlab::feedsim
