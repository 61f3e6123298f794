// SPDX-License-Identifier: MIT
//
// A feed's way through a DPDK port: whole Ethernet frames, as PacketSocket builds them, without the
// kernel. What can be done before a packet is due is done then: after each send the next buffer is
// fetched, and its cache lines are taken back from whoever read them last; settle() makes the
// frame. Ownership: a buffer that is ready; the port belongs to the caller. Threading: that of the
// port.
#pragma once

#include "feedsim/dpdk/send_port.hpp"
#include "feedsim/send/transmitter.hpp"

#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::feedsim {

struct FrameOptions {
    std::uint32_t source = 0;  // IPv4 address, host order
    std::uint8_t time_to_live = 1;
    std::uint16_t vlan = 0;  // 0: untagged
};

class PortTransmitter final : public Transmitter {
  public:
    PortTransmitter(SendPort& port, const wire::Ipv4Endpoint& group, const FrameOptions& frame);
    ~PortTransmitter() override;

    // Refused: the transmit ring was full for SendPort::kPatience_ns. Broken: the port takes
    // nothing and has no link any more, because the other end has gone. It may go once it has got
    // an end of session: those that follow then count as sent (SendPortCounters::unheard_ends).
    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    // Makes the frame of what comes next, and pushes it out of this core's own cache, from where
    // the reader would have to fetch it (CLDEMOTE, Intel's manual, volume 2; elsewhere it does
    // nothing).
    void settle(std::span<const std::byte> next) noexcept override;
    [[nodiscard]] std::string failure() const override;

  private:
    void make_ready() noexcept;
    void make_frame(std::span<const std::byte> payload) noexcept;

    SendPort& port_;
    std::string group_;
    wire::UdpFrame fields_;
    rte_mbuf* ready_ = nullptr;
    std::span<const std::byte> made_of_;  // what the frame in `ready_` is made of; empty: none is
    bool session_has_ended_ = false;
    Handover first_failure_ = Handover::taken;
};

}  // namespace rxlab::feedsim
