// SPDX-License-Identifier: MIT
//
// How an order leaves: by the receiver's own way, a socket, a ring, a port. Threading: the thread
// that receives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rxlab::rx {

class OrderPort {
  public:
    OrderPort() = default;
    OrderPort(const OrderPort&) = delete;
    OrderPort& operator=(const OrderPort&) = delete;
    virtual ~OrderPort() = default;

    // Sends one datagram now. False: it did not leave, and will not. Allocates nothing, and never
    // waits.
    [[nodiscard]] virtual bool send(std::span<const std::byte> datagram) noexcept = 0;
};

}  // namespace rxlab::rx
