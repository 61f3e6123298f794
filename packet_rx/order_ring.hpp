// SPDX-License-Identifier: MIT
//
// Orders through a transmit ring (PACKET_TX_RING of packet(7)): the frame is written into memory
// that the kernel shares, then one send(2) without data makes it take what is there. It passes the
// stack by, queueing discipline included. A socket of its own, beside the one that receives.
// Ownership: socket and ring. Threading: the thread that receives.
#pragma once

#include <rxlab/order/order_frame.hpp>
#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/mapping.hpp>
#include <rxlab/rx/order_port.hpp>

#include <cstdint>
#include <string>

namespace rxlab::packet_rx {

class OrderRing final : public rx::OrderPort {
  public:
    // Throws program::RunError.
    OrderRing(const std::string& interface, const wire::UdpFrame& route);

    [[nodiscard]] bool send(std::span<const std::byte> datagram) noexcept override;

  private:
    order::OrderFrame frame_;
    program::Descriptor socket_;
    program::Mapping ring_;
    std::uint32_t next_ = 0;  // slot
};

}  // namespace rxlab::packet_rx
