// SPDX-License-Identifier: MIT
//
// Feeds written to files instead of sent: a pcap file with the frames of all feeds, or a
// length-prefixed ITCH file with the messages of one.
// Ownership: a PcapTransmitter uses the capture::Writer of its caller, which must outlive it.
// Threading: belong to one thread.
#pragma once

#include "feedsim/send/transmitter.hpp"

#include <rxlab/capture/writer.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace rxlab::feedsim {

// The headers of frames that never see an interface: they come from 10.0.0.1. `vlan` 1 .. 4094 tags
// them, 0 does not.
[[nodiscard]] wire::UdpFrame frame_headers(const wire::Ipv4Endpoint& group, std::uint16_t vlan,
                                           std::uint8_t ttl) noexcept;

class PcapTransmitter final : public Transmitter {
  public:
    // The time at tick 0: Thursday 2020-01-02, 09:30:00 UTC. It is fixed, so that the same command
    // writes the same file.
    static constexpr std::uint64_t kStartUnix_ns = 1'577'957'400'000'000'000;
    static constexpr std::uint64_t kStartOfDay_ns = 34'200'000'000'000;

    // See frame_headers().
    PcapTransmitter(capture::Writer& file, const wire::Ipv4Endpoint& group, std::uint16_t vlan,
                    std::uint8_t ttl) noexcept;

    // `now` is in nanoseconds (those of a VirtualTimeline).
    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override { return file_.failure(); }

  private:
    capture::Writer& file_;
    wire::UdpFrame headers_;
    std::array<std::byte, wire::kUdpFrameHeaderBytesMax + wire::kUdpPayloadBytesMax> memory_;
};

// Unpacks the messages of each packet into the file; heartbeats and ends of session contain none.
class ItchTransmitter final : public Transmitter {
  public:
    // `writer` must outlive the transmitter.
    explicit ItchTransmitter(wire::ItchFileWriter& writer) noexcept : writer_{writer} {}

    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override { return failure_; }

  private:
    wire::ItchFileWriter& writer_;
    std::string failure_;
};

}  // namespace rxlab::feedsim
