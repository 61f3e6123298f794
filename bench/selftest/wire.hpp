// SPDX-License-Identifier: MIT
//
// The simulated wire of the self-test. It buffers what the sender gives it, and a receiver takes
// the packets from it at times and with faults that are known exactly.
#pragma once

#include "bench/selftest/simulation.hpp"
#include "feedsim/send/transmitter.hpp"

#include <rxlab/rx/packet_source.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rxlab::bench::selftest {

struct Datagram {
    std::vector<std::byte> payload;
    latency::Ticks at;  // the time at which it was sent, or arrives
    bool is_data;       // neither heartbeat nor end of session
};

class Recorder final : public feedsim::Transmitter {
  public:
    explicit Recorder(std::vector<Datagram>& log) : log_{log} {}
    feedsim::SendResult send(std::span<const std::byte> payload,
                             latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override { return {}; }

  private:
    std::vector<Datagram>& log_;
};

// The packets that arrive of those that were sent, in the order of arrival.
[[nodiscard]] std::vector<Datagram> carry(std::vector<Datagram> sent,
                                          const SimulationOptions& options);

// A PacketSource in virtual time: if nothing has arrived yet, time jumps to the next arrival.
class WireSource {
  public:
    explicit WireSource(const std::vector<Datagram>& arrivals) : arrivals_{arrivals} {}
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return next_ == arrivals_.size(); }

  private:
    const std::vector<Datagram>& arrivals_;
    std::size_t next_ = 0;
};
static_assert(rx::PacketSource<WireSource>);

}  // namespace rxlab::bench::selftest
