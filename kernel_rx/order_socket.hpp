// SPDX-License-Identifier: MIT
//
// Orders through a UDP socket: one send(2) each. The kernel chooses route and interface, finds the
// next hop's MAC address, and makes the headers. Threading: the thread that receives.
#pragma once

#include <rxlab/program/descriptor.hpp>
#include <rxlab/rx/order_port.hpp>
#include <rxlab/wire/address.hpp>

namespace rxlab::kernel_rx {

class OrderSocket final : public rx::OrderPort {
  public:
    // Throws program::RunError.
    explicit OrderSocket(const wire::Ipv4Endpoint& to);

    [[nodiscard]] bool send(std::span<const std::byte> datagram) noexcept override;

  private:
    program::Descriptor socket_;
};

}  // namespace rxlab::kernel_rx
