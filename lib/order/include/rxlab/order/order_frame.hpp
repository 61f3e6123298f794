// SPDX-License-Identifier: MIT
//
// The frame around an order, for receivers that send whole frames. Its headers are made once: all
// orders have one length, so only the payload changes. Ownership: the frame's bytes.
#pragma once

#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/ouch.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

namespace rxlab::order {

class OrderFrame {
  public:
    explicit OrderFrame(const wire::UdpFrame& fields) noexcept {
        const wire::ouch::EnterOrder none;
        bytes_ = wire::build_udp_frame(memory_, fields, wire::bytes_of(none)).size();
    }

    // Valid until the next call. `order` has the length of an Enter Order.
    [[nodiscard]] std::span<const std::byte> around(std::span<const std::byte> order) noexcept {
        std::memcpy(memory_.data() + bytes_ - sizeof(wire::ouch::EnterOrder), order.data(),
                    sizeof(wire::ouch::EnterOrder));
        return std::span{memory_}.first(bytes_);
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  private:
    std::array<std::byte, wire::kUdpFrameHeaderBytesMax + sizeof(wire::ouch::EnterOrder)> memory_{};
    std::size_t bytes_ = 0;
};

}  // namespace rxlab::order
