// SPDX-License-Identifier: MIT
//
// Feeds written to files instead of sent: a pcap file with the frames of all feeds, or a
// length-prefixed ITCH file with the messages of one.
// Ownership: a PcapTransmitter uses the PcapFile of its caller, which must outlive it.
// Threading: belong to one thread.
#pragma once

#include <rxlab/feedsim/transmitter.hpp>
#include <rxlab/wire/address.hpp>
#include <rxlab/wire/frame.hpp>
#include <rxlab/wire/itch_file.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct pcap;
struct pcap_dumper;

namespace rxlab::feedsim {

// A capture with nanosecond timestamps.
class PcapFile {
  public:
    // Creates or replaces the file. Throws program::RunError.
    explicit PcapFile(std::filesystem::path path);
    PcapFile(const PcapFile&) = delete;
    PcapFile& operator=(const PcapFile&) = delete;
    ~PcapFile();

    // False once the file cannot be written (a full disk may show only in close()).
    [[nodiscard]] bool append(std::span<const std::byte> frame, std::uint64_t time_ns) noexcept;
    // The file is complete only when this has returned. Throws program::RunError.
    void close();
    // Empty unless append() failed.
    [[nodiscard]] std::string failure() const;

  private:
    std::filesystem::path path_;
    pcap* capture_ = nullptr;
    pcap_dumper* dumper_ = nullptr;
    int error_ = 0;
};

class PcapTransmitter final : public Transmitter {
  public:
    // When ticks are 0: Thursday 2020-01-02, 09:30:00 UTC. Fixed, so that the same command writes
    // the same file.
    static constexpr std::uint64_t kStartUnix_ns = 1'577'957'400'000'000'000;
    static constexpr std::uint64_t kStartOfDay_ns = 34'200'000'000'000;

    // Frames from 10.0.0.1; `vlan` 1 .. 4094 tags them, 0 does not.
    PcapTransmitter(PcapFile& file, const wire::Ipv4Endpoint& group, std::uint16_t vlan,
                    std::uint8_t ttl) noexcept;

    // `now` in nanoseconds (a VirtualTimeline's).
    [[nodiscard]] SendResult send(std::span<const std::byte> payload,
                                  latency::Ticks now) noexcept override;
    [[nodiscard]] std::string failure() const override { return file_.failure(); }

  private:
    PcapFile& file_;
    wire::UdpFrame headers_;
    std::array<std::byte, 2'048> memory_{};
};

// Unpacks the messages of each packet into the file; heartbeats and ends of session hold none.
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
