// SPDX-License-Identifier: MIT
//
// Where orders come in: a packet ring on the interface from which the feeds leave (packet(7),
// TPACKET_V2). The kernel copies each order's frame into memory that the send loop sees, so that
// looking for one costs a load and no system call, and an order is seen when it reaches the
// interface, however it was sent. A UDP socket holds the port, so that the kernel does not answer
// "port unreachable"; nothing is read from it.
// Ownership: socket and ring; the log belongs to the caller and outlives this.
#pragma once

#include "feedsim/orders/order_log.hpp"
#include "feedsim/send/order_inbox.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/program/mapping.hpp>
#include <rxlab/wire/address.hpp>

#include <cstdint>
#include <string>

namespace rxlab::feedsim {

class OrderRing final : public OrderInbox {
  public:
    // Throws program::RunError.
    OrderRing(const wire::Ipv4Endpoint& address, const std::string& interface, latency::Clock clock,
              OrderLog& log);

    void note_tick(std::uint32_t feed, latency::Ticks t_tx) noexcept override {
        log_.note_tick(feed, t_tx);
    }
    bool look() noexcept override;

    [[nodiscard]] std::uint64_t drops() noexcept override;

  private:
    program::Descriptor port_, socket_;
    program::Mapping ring_;
    latency::Clock clock_;
    OrderLog& log_;
    std::uint64_t drops_ = 0;
    std::uint32_t next_ = 0;  // slot
};

}  // namespace rxlab::feedsim
