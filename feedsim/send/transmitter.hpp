// SPDX-License-Identifier: MIT
//
// Where a feed's packets go: a multicast socket, or a file.
// Threading: a transmitter belongs to one thread.
#pragma once

#include <rxlab/latency/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace rxlab::feedsim {

enum class SendResult : std::uint8_t {
    sent,
    refused,  // this packet is lost; the next may pass
    broken,   // no packet will pass from now on
};

class Transmitter {
  public:
    Transmitter() = default;
    Transmitter(const Transmitter&) = delete;
    Transmitter& operator=(const Transmitter&) = delete;
    virtual ~Transmitter() = default;

    // Sends a UDP payload; `now` is the time on the sender's timeline.
    [[nodiscard]] virtual SendResult send(std::span<const std::byte> payload,
                                          latency::Ticks now) noexcept = 0;
    // A transmitter may hold packets back: when the next of them is due; kNothingHeld if none is.
    static constexpr latency::Ticks kNothingHeld = std::numeric_limits<latency::Ticks>::max();
    [[nodiscard]] virtual latency::Ticks next_due() const noexcept { return kNothingHeld; }
    // Called shortly before something is due, for work that would otherwise fall between the clock
    // reading and the send call; it may take some hundred nanoseconds. `next`: what send() will be
    // given, in the same memory; empty if that is not known, or if there is nothing.
    virtual void settle(std::span<const std::byte> next) noexcept { static_cast<void>(next); }
    // Sends the held packets that are due.
    [[nodiscard]] virtual SendResult release(latency::Ticks) noexcept { return SendResult::sent; }
    // What was deliberately done to the packet that send() took last: flags of its trace record.
    [[nodiscard]] virtual std::uint16_t marks() const noexcept { return 0; }
    // One line about the first failure ("send to 239.1.1.1:30001: …"); empty if there was none.
    [[nodiscard]] virtual std::string failure() const = 0;
};

}  // namespace rxlab::feedsim
