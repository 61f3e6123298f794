// SPDX-License-Identifier: MIT
//
// Where orders come in through a DPDK port: the same one that sends the feeds. There is no kernel
// there to say whose an address is, so this answers ARP requests for that of the orders.
// Ownership: port and log belong to the caller. Threading: that of the port.
#pragma once

#include "feedsim/dpdk/send_port.hpp"
#include "feedsim/orders/order_log.hpp"
#include "feedsim/send/order_inbox.hpp"

#include <rxlab/wire/address.hpp>

#include <rte_mbuf.h>

#include <array>
#include <cstdint>

namespace rxlab::feedsim {

class PortInbox final : public OrderInbox {
  public:
    PortInbox(SendPort& port, const wire::Ipv4Endpoint& address, latency::Clock clock,
              OrderLog& log) noexcept
        : port_{port}, address_{address}, clock_{clock}, log_{log} {}
    PortInbox(const PortInbox&) = delete;
    PortInbox& operator=(const PortInbox&) = delete;
    ~PortInbox() override;

    void note_tick(std::uint32_t feed, latency::Ticks t_tx) noexcept override {
        log_.note_tick(feed, t_tx);
    }
    bool look() noexcept override;
    [[nodiscard]] std::uint64_t drops() noexcept override;

  private:
    // Vector receive functions of drivers give nothing for a smaller one.
    static constexpr std::uint16_t kBurst = 32;

    void answer_arp(std::span<const std::byte> frame) noexcept;

    SendPort& port_;
    wire::Ipv4Endpoint address_;
    latency::Clock clock_;
    OrderLog& log_;
    std::array<rte_mbuf*, kBurst> burst_{};
    std::uint16_t held_ = 0, next_ = 0;  // packets of the burst, and the one to look at
    latency::Ticks came_ = 0;
};

}  // namespace rxlab::feedsim
