// SPDX-License-Identifier: MIT
//
// Writes each packet as a whole Ethernet frame to a character device: one write(2) each. Where the
// device is full, the write sleeps until somebody has taken a frame out, so none is lost.
// Ownership: the descriptor. Threading: belongs to one thread.
#pragma once

#include "feedsim/send/transmitter.hpp"

#include <rxlab/program/descriptor.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::feedsim {

class DeviceTransmitter final : public Transmitter {
  public:
    // Throws program::RunError where the device cannot be opened. Headers: those of
    // frame_headers().
    DeviceTransmitter(const wire::Ipv4Endpoint& group, const std::string& device, std::uint8_t ttl,
                      std::uint16_t vlan);

    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override;

  private:
    std::string device_;
    program::Descriptor descriptor_;
    wire::UdpFrame headers_;
    std::array<std::byte, wire::kUdpFrameHeaderBytesMax + wire::kUdpPayloadBytesMax> memory_;
    int first_error_ = 0;
};

}  // namespace rxlab::feedsim
