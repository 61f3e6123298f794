// SPDX-License-Identifier: MIT
//
// The made-up wire of the self-test: what the sender gives it, in a buffer, and what a receiver
// takes from it, at times and with faults that are known exactly.
#pragma once

#include "bench/selftest/simulation.hpp"
#include "feedsim/send/transmitter.hpp"

#include <rxlab/rx/packet_source.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rxlab::bench::selftest {

struct Datagram {
    std::vector<std::byte> payload;
    latency::Ticks at;  // when it was sent, or arrives
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

// What arrives of what was sent, in the order of arrival.
[[nodiscard]] std::vector<Datagram> carry(std::vector<Datagram> sent,
                                          const SimulationOptions& options);

// A PacketSource in virtual time: where nothing has arrived yet, time moves on to when it does.
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
