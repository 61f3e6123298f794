// SPDX-License-Identifier: MIT
//
// Orders through the port's first transmit queue: an mbuf each, one rte_eth_tx_burst().
// Ownership: none; the port must outlive this, and the pool the port, as a driver keeps what it has
// sent until it needs the room or is closed. Threading: the thread that polls queue 0, which
// also sends the membership reports.
#pragma once

#include "dpdk_rx/port/port.hpp"

#include <rxlab/order/order_frame.hpp>
#include <rxlab/rx/order_port.hpp>

#include <cstdint>

namespace rxlab::dpdk_rx {

// Throws program::RunError.
[[nodiscard]] Pool make_order_pool(std::uint16_t port);

class OrderQueue final : public rx::OrderPort {
  public:
    OrderQueue(std::uint16_t port, rte_mempool& pool, const wire::UdpFrame& route) noexcept
        : port_{port}, pool_{pool}, frame_{route} {}

    [[nodiscard]] bool send(std::span<const std::byte> datagram) noexcept override;

  private:
    std::uint16_t port_;
    rte_mempool& pool_;
    order::OrderFrame frame_;
};

}  // namespace rxlab::dpdk_rx
