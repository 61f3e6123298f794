// SPDX-License-Identifier: MIT
//
// The lines of one feed: every packet goes out on line A and, if there is one, on line B, with a
// skew between them, each through its own impairment. To the sender this is a transmitter that
// holds some packets back: it is called again when the next is due. Ownership: owns the lines'
// transmitters. Threading: belongs to one thread.
#pragma once

#include "feedsim/impair/impairment.hpp"
#include "feedsim/impair/skew.hpp"
#include "feedsim/send/transmitter.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rxlab::feedsim {

struct Line {
    std::unique_ptr<Transmitter> way;
    Impairment impairment;
    std::uint64_t sent = 0;    // packets of any kind given to the transmitter
    std::uint64_t errors = 0;  // those that it refused
};

class Lines final : public Transmitter {
  public:
    // One or two lines.
    Lines(std::vector<Line> lines, const Skew& skew, double ticks_per_ns) noexcept;

    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    // The lines do not know what will become of a packet.
    void settle(std::span<const std::byte> next) noexcept override;
    [[nodiscard]] latency::Ticks next_due() const noexcept override;
    [[nodiscard]] SendResult release(latency::Ticks now) noexcept override;
    // Line A's marks in the low byte, line B's in the high one.
    [[nodiscard]] std::uint16_t marks() const noexcept override { return marks_; }
    [[nodiscard]] std::string failure() const override;

    [[nodiscard]] const std::vector<Line>& lines() const noexcept { return lines_; }
    // Data packets that were dropped on every line: a receiver can only get them by a re-request.
    [[nodiscard]] std::uint64_t lost_packets() const noexcept { return lost_packets_; }
    [[nodiscard]] std::uint64_t lost_messages() const noexcept { return lost_messages_; }

  private:
    [[nodiscard]] SendResult hand_on(Line& line, latency::Ticks now) noexcept;

    std::vector<Line> lines_;
    Skew skew_;
    double ticks_per_ns_;
    std::uint16_t marks_ = 0;
    std::uint64_t lost_packets_ = 0;
    std::uint64_t lost_messages_ = 0;
};

}  // namespace rxlab::feedsim
