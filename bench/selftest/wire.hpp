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

// When the machine takes the receiver's core away.
struct Theft {
    latency::Ticks from, to;
    bool is_known;  // to the kernel
};
// Ascending; they may overlap. The seed draws when the first ones come.
[[nodiscard]] std::vector<Theft> thefts_of(const Machine& machine, std::uint64_t seed,
                                           latency::Ticks from, latency::Ticks to);

// A PacketSource in virtual time: if nothing has arrived yet, time jumps to the next arrival. A
// theft stops it in the middle of a poll: every other one after it has found nothing, the others
// before it looks.
class WireSource {
  public:
    WireSource(const std::vector<Datagram>& arrivals, const std::vector<Theft>& thefts,
               const Faults& faults)
        : arrivals_{arrivals}, thefts_{thefts}, faults_{faults} {}
    std::size_t poll(std::span<rx::PacketView> batch) noexcept;
    [[nodiscard]] bool failed() const noexcept { return next_ == arrivals_.size(); }

  private:
    [[nodiscard]] bool is_robbed_of_its_turn() noexcept;

    const std::vector<Datagram>& arrivals_;
    const std::vector<Theft>& thefts_;
    const Faults& faults_;
    std::size_t next_ = 0, theft_ = 0;
};
static_assert(rx::PacketSource<WireSource>);

}  // namespace rxlab::bench::selftest
