// SPDX-License-Identifier: MIT
//
// Orders through the transmit ring of the AF_XDP socket that receives: the frame is written into
// the UMEM, its descriptor onto the ring, and one sendto(2) without data makes the kernel take it.
// Ownership: the socket is the source's and must outlive this. Threading: the thread that receives.
#pragma once

#include "xdp_rx/xsk.hpp"

#include <rxlab/order/order_frame.hpp>
#include <rxlab/rx/order_port.hpp>

namespace rxlab::xdp_rx {

class OrderSocket final : public rx::OrderPort {
  public:
    OrderSocket(Xsk& socket, const wire::UdpFrame& route) noexcept
        : socket_{socket}, frame_{route} {}

    [[nodiscard]] bool send(std::span<const std::byte> datagram) noexcept override {
        return socket_.send(frame_.around(datagram));
    }

  private:
    Xsk& socket_;
    order::OrderFrame frame_;
};

}  // namespace rxlab::xdp_rx
